// The right of the board: who waits in the queues, who is held, camps or comes back, who is parked, and the conference
// rooms.

import { arrange, setHidden, setText } from "../dom.js";
import { KeptCall } from "../elements/kept.js";
import { Caller, ConferenceBox, ParkedCall, QueueBox } from "../elements/waiting.js";
import { Keyed } from "../keyed.js";
import { claimOfOther, isFetchable, keptElsewhere, keptPerson, lastSent } from "../kept.js";
import { hint } from "../keys.js";
import { heldElsewhere, inOrder, parkedCalls } from "../select.js";

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

/**
 * What a waiting call looks like to this operator: `of(key)` gives `{call, claim, selected}`. `actions` is left out
 * on pages where nothing can be selected.
 */
export const regard = (store, operator, actions) => (key) => {
  const call = store.get("call", key);
  return { call, claim: claimOfOther(call, operator), selected: key !== "" && actions?.selected?.key === key };
};

/** Queues with their callers. A caller whose queue the operator does not see still shows, under the queue's key. */
export class WaitingPane {
  #store;
  #taking;
  #regard;
  #root;
  #count;
  #queues = new Keyed(() => new QueueBox());
  #callers = new Keyed(() => new Caller());

  constructor({ store, taking, actions, operator, root, count }) {
    this.#store = store;
    this.#taking = taking;
    this.#regard = regard(store, operator, actions);
    this.#root = root;
    this.#count = count;
    for (const kind of ["queue", "caller", "call"]) store.watch(kind, () => this.update());
    actions.watch(() => this.update());
  }

  update() {
    const waiting = callersByQueue(this.#store);
    const next = this.#taking.upcoming?.caller;
    const elements = new Map();
    const rows = [...waiting.values()].flat();
    const show = (caller, row) => caller.show(row, { next: row === next, ...this.#regard(row.call) });
    for (const element of this.#callers.elements(rows, show)) elements.set(element.row.key, element);
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
 * A list with its count and a text for when it is empty. `rows()` gives what is in it and `context()` a function from
 * row to context; it is drawn anew when one of `kinds` changes.
 */
class ListPane {
  #root;
  #count;
  #empty;
  #rows;
  #context;
  #keyed;

  constructor({ store, kinds, root, count, empty, rows, make, context = () => () => ({}) }) {
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
    const context = this.#context();
    arrange(
      this.#root,
      this.#keyed.elements(rows, (element, row) => element.show(row, context(row))),
    );
    setText(this.#count, String(rows.length));
    if (this.#empty !== null) setHidden(this.#empty, rows.length > 0);
  }
}

/** The three lists under the queues; `part(name)` finds the elements of a section of the page. */
export function otherLists({ store, taking, actions, own, operator }, part) {
  const seen = regard(store, operator, actions);
  const lists = [
    new ListPane({
      store,
      kinds: ["call", "caller", "pbx"],
      ...part("held"),
      rows: () => [...keptElsewhere(store, own), ...heldElsewhere(store, own)],
      make: () => new KeptCall(),
      context: () => keptContext({ store, taking, actions, own, seen }),
    }),
    new ListPane({
      store,
      kinds: ["parked", "call"],
      ...part("parked"),
      rows: () => parkedCalls(store),
      make: () => new ParkedCall(),
      context: () => (row) => seen(row.call),
    }),
    new ListPane({
      store,
      kinds: ["conference"],
      ...part("rooms"),
      rows: () => inOrder(store.rows("conference"), "room"),
      make: () => new ConferenceBox(),
    }),
  ];
  actions.watch(() => lists.forEach((list) => list.update()));
  return lists;
}

function keptContext({ store, taking, actions, own, seen }) {
  const next = actions.inHand === undefined ? taking.upcoming?.call : undefined; // in a call Space takes nobody
  const last = lastSent(store, own);
  const canRetrieve = actions.can("retrieve");
  return (row) => {
    const holder = store.get("extension", row.held_by);
    return {
      ...seen(row.key),
      own,
      person: keptPerson(row),
      holder: holder?.name || holder?.number || "",
      keys: row === next ? hint("take") : row === last ? hint("fetch") : "",
      canTake: canRetrieve && isFetchable(row),
    };
  };
}
