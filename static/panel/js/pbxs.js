// Several PBXs on one board: which row is of which, and what is drawn of one that is not live while others are. A row of
// a further PBX says whose it is (`pbx`); one without is of the first. With a single PBX nothing here does anything.

import { config } from "./config.js";
import { setAttr } from "./dom.js";

const [FIRST] = config.pbxs;
const targets = new Set(
  config.commands.flatMap(({ name, arguments: all }) => (all.some(({ kind }) => kind === "target") ? [name] : [])),
);
let old = new Set();

/** The PBX that the row is of, or "" where there is only one. */
export const pbxOf = (row) => row.pbx ?? FIRST ?? "";

/** A number or a name of the row, told apart from the same one on the first PBX. */
export const onPbx = (row, text) => (row.pbx === undefined || text === "" ? text : `${text} · ${row.pbx}`);

/** Says on `element` whose row it shows, and whether that is old. */
export function markPbx(element, row) {
  if (FIRST === undefined) return;
  const pbx = pbxOf(row);
  setAttr(element, "data-pbx", pbx);
  setAttr(element, "data-stale", old.has(pbx) ? "" : null);
}

/** To be called when a row of a PBX has changed: all that is shown of those that are not live is old. */
export function markStale(store) {
  const now = new Set([...store.rows("pbx").values()].filter(({ link }) => link !== "live").map(({ key }) => key));
  if (FIRST === undefined || (now.size === old.size && [...now].every((key) => old.has(key)))) return;
  old = now;
  for (const element of document.querySelectorAll("[data-pbx]"))
    setAttr(element, "data-stale", old.has(element.dataset.pbx) ? "" : null);
}

/**
 * The arguments as they are sent: on a further PBX a plain number is what its own phones dial, so somebody of the first
 * one is named with it.
 */
export function addressed(store, name, args) {
  if (FIRST === undefined || !targets.has(name) || store.get("extension", args.to)?.pbx !== undefined) return args;
  return store.get("extension", args.to) === undefined ? args : { ...args, to: `${FIRST}/${args.to}` };
}

/** The extension that an argument means which was sent like that. */
export const extensionMeant = (store, to = "") =>
  store.get("extension", to) ??
  (FIRST !== undefined && to.startsWith(`${FIRST}/`) ? store.get("extension", to.slice(FIRST.length + 1)) : undefined);
