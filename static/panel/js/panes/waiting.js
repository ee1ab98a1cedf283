// The right of the board: who waits in the queues, who is parked, who is held by somebody, and the conference rooms.

import { arrange, setHidden, setText } from "../dom.js";
import { Caller, ConferenceBox, HeldCall, ParkedCall, QueueBox } from "../elements/waiting.js";
import { heldElsewhere, inOrder, longestCaller, parkedCalls } from "../select.js";

/** Elements by key for a list of rows: made when a row comes, reused while it stays, forgotten when it goes. */
export class Keyed {
  #make;
  #elements = new Map();

  constructor(make) {
    this.#make = make;
  }

  /** The elements for `rows`, in their order; `show(element, row)` fills each. */
  elements(rows, show) {
    const keys = new Set(rows.map((row) => row.key));
    for (const key of [...this.#elements.keys()]) if (!keys.has(key)) this.#elements.delete(key);
    return rows.map((row) => {
      const element = this.#elements.get(row.key) ?? this.#make();
      this.#elements.set(row.key, element);
      show(element, row);
      return element;
    });
  }
}

/** The callers of every queue by its key, in the order of their turns. */
export function callersByQueue(store) {
  const queues = new Map();
  for (const caller of store.rows("caller").values()) {
    if (!queues.has(caller.queue)) queues.set(caller.queue, []);
    queues.get(caller.queue).push(caller);
  }
  for (const callers of queues.values())
    callers.sort((a, b) => a.position - b.position || (a.joined_at < b.joined_at ? -1 : 1));
  return queues;
}

/** Queues with their callers. A caller whose queue the operator does not see still shows, under the queue's key. */
export class WaitingPane {
  #store;
  #root;
  #count;
  #queues = new Keyed(() => new QueueBox());
  #callers = new Keyed(() => new Caller());

  constructor({ store, root, count }) {
    this.#store = store;
    this.#root = root;
    this.#count = count;
    store.watch("queue", () => this.update());
    store.watch("caller", () => this.update());
  }

  update() {
    const waiting = callersByQueue(this.#store);
    const next = longestCaller(this.#store);
    const elements = new Map();
    const rows = [...waiting.values()].flat();
    for (const element of this.#callers.elements(rows, (caller, row) => caller.show(row, { next: row === next })))
      elements.set(element.row.key, element);
    const unseen = [...waiting.keys()].filter((key) => this.#store.get("queue", key) === undefined);
    const queues = [...inOrder(this.#store.rows("queue")), ...unseen.map((key) => ({ key, name: key, free: 0 }))];
    const boxes = this.#queues.elements(queues, (box, row) =>
      box.show(row, { callers: (waiting.get(row.key) ?? []).map((caller) => elements.get(caller.key)) }),
    );
    arrange(this.#root, boxes);
    setText(this.#count, String(rows.length));
  }
}

/**
 * A list with its count and a text for when it is empty. `rows()` gives what is in it; it is drawn anew when one of
 * `kinds` changes.
 */
export class ListPane {
  #root;
  #count;
  #empty;
  #rows;
  #context;
  #keyed;

  constructor({ store, kinds, root, count, empty, rows, make, context = () => ({}) }) {
    this.#root = root;
    this.#count = count;
    this.#empty = empty;
    this.#rows = rows;
    this.#context = context;
    this.#keyed = new Keyed(make);
    for (const kind of kinds) store.watch(kind, () => this.update());
  }

  update() {
    const rows = this.#rows();
    arrange(
      this.#root,
      this.#keyed.elements(rows, (element, row) => element.show(row, this.#context(row))),
    );
    setText(this.#count, String(rows.length));
    if (this.#empty !== null) setHidden(this.#empty, rows.length > 0);
  }
}

/** The three lists under the queues; `part(name)` finds the elements of a section of the page. */
export function otherLists(store, own, part) {
  const holder = (row) => store.get("extension", row.held_by);
  return [
    new ListPane({
      store,
      kinds: ["parked"],
      ...part("parked"),
      rows: () => parkedCalls(store),
      make: () => new ParkedCall(),
    }),
    new ListPane({
      store,
      kinds: ["call"],
      ...part("held"),
      rows: () => heldElsewhere(store, own),
      make: () => new HeldCall(),
      context: (row) => ({ holder: holder(row)?.name || holder(row)?.number || "" }),
    }),
    new ListPane({
      store,
      kinds: ["conference"],
      ...part("rooms"),
      rows: () => inOrder(store.rows("conference"), "room"),
      make: () => new ConferenceBox(),
    }),
  ];
}
