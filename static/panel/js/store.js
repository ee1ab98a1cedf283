// The picture that the browser holds: rows by kind and key, folded from snapshot and patches. It knows nothing of the
// DOM or of the socket. Panes and tests may use it; elements never do.
//
// A row is whole and is never changed in place, so a row that is the same object is the same row.

export const KINDS = [
  "pbx",
  "extension",
  "call",
  "queue",
  "member",
  "caller",
  "parked",
  "conference",
  "mailbox",
  "trunk",
  "command",
  "operator",
  "listening",
  "alert",
];

const NOTHING = new Map();

/** Deep equality of two values as JSON has them. */
export function same(a, b) {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && same(a[name], b[name]))
  );
}

export class Store {
  epoch = null;
  seq = null;
  #lost = true; // nothing to go by: before the first snapshot, and from a gap to the next one
  #rows = new Map();
  #touched = new Map();
  #watchers = new Map();
  #together = [];
  #changed;

  /**
   * `changed()` is called when there is something to deliver; somebody then calls `deliver()`, at best once per
   * frame.
   */
  constructor(changed = () => {}) {
    this.#changed = changed;
  }

  get(kind, key) {
    return this.#rows.get(kind)?.get(key);
  }

  /** The rows of a kind by key. Not to be changed. */
  rows(kind) {
    return this.#rows.get(kind) ?? NOTHING;
  }

  /** Is there something to deliver? */
  get isDue() {
    return this.#touched.size > 0;
  }

  /** Everything as `{kind: [row…]}`, for tests. */
  picture() {
    return Object.fromEntries([...this.#rows].map(([kind, rows]) => [kind, [...rows.values()]]));
  }

  /**
   * Folds a frame in. Returns false, and changes nothing, when a frame is missing between this one and the last, or
   * the server began a new epoch: then a snapshot has to be asked for, and until it comes no patch fits.
   */
  apply(frame) {
    if (frame.type === "snapshot") {
      this.#replace(frame.rows);
      this.#lost = false;
    } else {
      this.#lost ||= frame.epoch !== this.epoch || frame.since !== this.seq;
      if (this.#lost) return false;
      for (const [kind, rows] of Object.entries(frame.set ?? {})) for (const row of rows) this.#put(kind, row);
      for (const [kind, keys] of Object.entries(frame.del ?? {})) for (const key of keys) this.#drop(kind, key);
    }
    this.epoch = frame.epoch;
    this.seq = frame.seq;
    this.#changed();
    return true;
  }

  /**
   * Calls `listener(changes)` at each delivery in which rows of `kind` changed; `changes` maps key to row, or to
   * undefined for a row that is gone. Returns the function that ends it.
   */
  watch(kind, listener) {
    const listeners = this.#watchers.get(kind) ?? new Set();
    this.#watchers.set(kind, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  /**
   * Calls `listener(changes)` once at each delivery in which rows of any of `kinds` changed, after those who watch one
   * kind; `changes(kind)` is the Map of that kind, which may be empty.
   */
  watchTogether(kinds, listener) {
    this.#together.push({ kinds, listener });
  }

  /** The same for one key: `listener(row | undefined)`. */
  watchKey(kind, key, listener) {
    return this.watch(kind, (changes) => changes.has(key) && listener(changes.get(key)));
  }

  /**
   * Tells the watchers what changed since the last delivery, kind by kind in the order of KINDS. Returns the seq they
   * now show.
   */
  deliver() {
    const touched = this.#touched;
    this.#touched = new Map();
    const delivered = new Map();
    for (const kind of KINDS) {
      const keys = touched.get(kind);
      if (keys === undefined) continue;
      const changes = new Map([...keys].map((key) => [key, this.get(kind, key)]));
      delivered.set(kind, changes);
      for (const listener of this.#watchers.get(kind) ?? []) listener(changes);
    }
    const changesOf = (kind) => delivered.get(kind) ?? NOTHING;
    for (const { kinds, listener } of this.#together)
      if (kinds.some((kind) => delivered.has(kind))) listener(changesOf);
    return this.seq;
  }

  /** A snapshot is compared row by row: after a reconnect only what really differs is drawn. */
  #replace(rows) {
    const kinds = new Set([...this.#rows.keys(), ...Object.keys(rows)]);
    for (const kind of kinds) {
      const fresh = rows[kind] ?? [];
      const keys = new Set(fresh.map((row) => row.key));
      for (const key of [...this.rows(kind).keys()]) if (!keys.has(key)) this.#drop(kind, key);
      for (const row of fresh) this.#put(kind, row);
    }
  }

  #put(kind, row) {
    let rows = this.#rows.get(kind);
    if (rows === undefined) this.#rows.set(kind, (rows = new Map()));
    if (same(rows.get(row.key), row)) return;
    rows.set(row.key, row);
    this.#touch(kind, row.key);
  }

  #drop(kind, key) {
    if (this.#rows.get(kind)?.delete(key)) this.#touch(kind, key);
  }

  #touch(kind, key) {
    const keys = this.#touched.get(kind) ?? new Set();
    this.#touched.set(kind, keys.add(key));
  }
}
