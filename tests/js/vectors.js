// Folds frames with static/panel/js/store.js and compares with what the Python reference made of them.

import { KINDS, Store, same } from "../../static/panel/js/store.js";

const byKey = (a, b) => (a.key < b.key ? -1 : 1);

export function fold(vector) {
  const store = new Store();
  const told = new Map(KINDS.map((kind) => [kind, new Map()]));
  for (const [kind, rows] of told)
    store.watch(kind, (changes) => {
      for (const [key, row] of changes) row === undefined ? rows.delete(key) : rows.set(key, row);
    });
  const applied = vector.frames.map((frame) => {
    const fitted = store.apply(frame);
    store.deliver();
    return fitted;
  });
  const rows = Object.fromEntries(
    Object.entries(store.picture())
      .filter(([, of]) => of.length > 0)
      .map(([kind, of]) => [kind, of.sort(byKey)]),
  );
  const heard = Object.fromEntries(
    [...told].filter(([, of]) => of.size > 0).map(([kind, of]) => [kind, [...of.values()].sort(byKey)]),
  );
  return { applied, epoch: store.epoch, seq: store.seq, rows, heard };
}

/**
 * Says nothing when all is as expected; else what differs. `heard` is the picture of somebody who only listened to
 * the changes.
 */
export function verdict(vector) {
  const { heard, ...got } = fold(vector);
  if (!same(got, { applied: got.applied, ...vector.expected }))
    return `${vector.name}: ${JSON.stringify(got)} is not ${JSON.stringify(vector.expected)}`;
  return same(heard, got.rows) ? "" : `${vector.name}: the watchers heard ${JSON.stringify(heard)}`;
}

const files = new URLSearchParams(location.search).get("files")?.split(",") ?? [];
const verdicts = [];
for (const file of files)
  for (const vector of [await (await fetch(file)).json()].flat()) verdicts.push(verdict(vector));
for (const text of verdicts.filter(Boolean))
  document.getElementById("verdicts").append(Object.assign(document.createElement("li"), { textContent: text }));
document.title = verdicts.length > 0 && verdicts.every((text) => text === "") ? `ok ${verdicts.length}` : "failed";
