// The page for those who watch the queues: a card for each, with who waits and who works there.

import { arrange, setHidden, setText } from "../dom.js";
import { Member, QueueCard } from "../elements/member.js";
import { Caller } from "../elements/waiting.js";
import { Keyed } from "../keyed.js";
import { inOrder, longestCaller } from "../select.js";
import { who } from "../words.js";
import { callersByQueue, regard } from "./waiting.js";

export class QueuesPane {
  #store;
  #regard;
  #root;
  #empty;
  #totals;
  #cards = new Keyed(() => new QueueCard());
  #callers = new Keyed(() => new Caller());
  #members = new Keyed(() => new Member());

  /**
   * `operator` is the operator's key; `totals` maps waiting, free, members and longest to the elements that show
   * them.
   */
  constructor({ store, operator, root, empty, totals }) {
    this.#store = store;
    this.#regard = regard(store, operator);
    this.#root = root;
    this.#empty = empty;
    this.#totals = totals;
    for (const kind of ["queue", "member", "caller", "call"]) store.watch(kind, () => this.update());
  }

  update() {
    const queues = inOrder(this.#store.rows("queue"));
    const callers = this.#byQueue(this.#callerElements());
    const members = this.#byQueue(this.#memberElements());
    const cards = this.#cards.elements(queues, (card, row) =>
      card.show(row, { callers: callers.get(row.key) ?? [], members: members.get(row.key) ?? [] }),
    );
    arrange(this.#root, cards);
    setHidden(this.#empty, queues.length > 0);
    this.#drawTotals();
  }

  #callerElements() {
    const next = longestCaller(this.#store);
    const rows = [...callersByQueue(this.#store).values()].flat();
    return this.#callers.elements(rows, (caller, row) =>
      caller.show(row, { next: row === next, ...this.#regard(row.call) }),
    );
  }

  #memberElements() {
    return this.#members.elements(inOrder(this.#store.rows("member")), (member, row) => {
      const call = this.#store.get("call", row.call);
      member.show(row, { other: call === undefined ? "" : who(call.caller) });
    });
  }

  #byQueue(elements) {
    const queues = new Map();
    for (const element of elements) {
      const key = element.row.queue;
      if (!queues.has(key)) queues.set(key, []);
      queues.get(key).push(element);
    }
    return queues;
  }

  /** A member of three queues is one person. */
  #drawTotals() {
    const free = new Set();
    const all = new Set();
    for (const member of this.#store.rows("member").values()) {
      all.add(member.interface);
      if (member.state === "free") free.add(member.interface);
    }
    setText(this.#totals.waiting, String(this.#store.rows("caller").size));
    setText(this.#totals.free, `${free.size}/${all.size}`);
    this.#totals.longest.since = longestCaller(this.#store)?.joined_at ?? null;
  }
}
