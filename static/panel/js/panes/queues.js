// A card for each queue with who waits and who works there, the one that needs somebody first. Of fifty queues only
// those are looked at in which something changed.

import { worstFirst } from "../agents.js";
import { arrange, setAttr, setHidden, setText } from "../dom.js";
import { Alert } from "../elements/alert.js";
import { Member } from "../elements/member.js";
import { QueueCard, queueHeads } from "../elements/queue-card.js";
import { Caller } from "../elements/waiting.js";
import { Keyed } from "../keyed.js";
import { callersOf, inOrder, longestCaller } from "../select.js";
import { who } from "../words.js";
import { regard } from "./waiting.js";

/** A card that changes its place is sought; so that happens at most so often, and never under the mouse. */
const REORDER_MILLISECONDS = 3000;

/** More than these are closed to begin with: fifty of them fit on one screen. */
const MOST_OPEN = 12;

export class QueuesPane {
  #store;
  #regard;
  #root;
  #heads;
  #empty;
  #totals;
  #turned = new Set(); // the cards that somebody has opened, or closed where all are open
  #order = []; // of the cards, by key
  #orderedAt = -Infinity;
  #later = 0;
  #cards = new Map(); // by the queue's key: {card, alerts, callers, members}, the last three a Keyed of elements
  #members = new Map(); // rows by key, by the queue's key
  #queueOf = new Map(); // of callers, members and alerts, by their keys: where they were when they were last seen
  #next; // the caller who waits longest of all

  /**
   * `operator` is the operator's key; `heads` holds the heads of the closed cards, `totals` maps waiting and longest to
   * the elements that show them.
   */
  constructor({ store, operator, root, heads, empty, totals }) {
    this.#store = store;
    this.#regard = regard(store, operator);
    this.#root = root;
    this.#heads = heads;
    heads.append(queueHeads(), queueHeads()); // of as many columns as there may be
    this.#empty = empty;
    this.#totals = totals;
    root.addEventListener("pointerleave", () => this.#arrange());
    root.addEventListener("click", (event) => this.#onClick(event));
    store.watchTogether(["queue", "member", "caller", "call", "alert"], (changes) => this.#onChanges(changes));
  }

  /** Whether there is any queue: called when the picture is known. */
  update() {
    setHidden(this.#empty, this.#store.rows("queue").size > 0);
  }

  #onChanges(changes) {
    const touched = new Set(changes("queue").keys());
    for (const key of this.#moved(changes("member"), this.#members)) touched.add(key);
    for (const kind of ["caller", "alert"]) for (const key of this.#moved(changes(kind))) touched.add(key);
    for (const kind of ["caller", "member"])
      if (changes("call").size > 0)
        for (const row of this.#store.rows(kind).values()) if (changes("call").has(row.call)) touched.add(row.queue);
    if (changes("caller").size > 0) touched.add(this.#next?.queue).add(this.#findNext()?.queue);
    const wereOpen = this.#areOpen;
    this.#arrange();
    if (wereOpen !== this.#areOpen) for (const key of this.#order) touched.add(key);
    for (const key of touched) this.#draw(key);
    this.update();
  }

  /** The queues in which `changes` of members, callers or alerts are to be seen; `rows` keeps them by queue. */
  #moved(changes, rows = null) {
    const queues = new Set();
    for (const [key, row] of changes) {
      const before = this.#queueOf.get(key);
      if (before !== undefined) queues.add(before);
      if (row === undefined) this.#queueOf.delete(key);
      else {
        queues.add(row.queue);
        this.#queueOf.set(key, row.queue);
      }
      if (rows === null) continue;
      if (row === undefined) rows.get(before)?.delete(key);
      else if (rows.has(row.queue)) rows.get(row.queue).set(key, row);
      else rows.set(row.queue, new Map([[key, row]]));
    }
    return queues;
  }

  #findNext() {
    this.#next = longestCaller(this.#store);
    setText(this.#totals.waiting, String(this.#store.rows("caller").size));
    this.#totals.longest.since = this.#next?.joined_at ?? null;
    return this.#next;
  }

  get #areOpen() {
    return this.#order.length <= MOST_OPEN;
  }

  #onClick(event) {
    const card = event.target.closest(".title")?.closest("cb-queue-card");
    if (card == null) return;
    const { key } = card.row;
    if (!this.#turned.delete(key)) this.#turned.add(key);
    this.#draw(key);
  }

  #draw(key) {
    const row = this.#store.get("queue", key);
    const kept = this.#cards.get(key);
    if (row === undefined || kept === undefined) return;
    const open = this.#turned.has(key) !== this.#areOpen;
    const callers = callersOf(this.#store, key);
    const members = this.#members.get(key) ?? new Map();
    kept.card.show(row, {
      waiting: callers,
      people: [...members.values()],
      alerts: kept.alerts.elements(this.#alertsOf(key), (alert, each) => alert.show(each)),
      callers: kept.callers.elements(open ? callers : [], (caller, each) =>
        caller.show(each, { next: each === this.#next, ...this.#regard(each.call) }),
      ),
      members: kept.members.elements(open ? inOrder(members) : [], (member, each) => {
        const call = this.#store.get("call", each.call);
        member.show(each, { other: call === undefined ? "" : who(call.caller) });
      }),
      open,
    });
  }

  #alertsOf(key) {
    const rows = [...this.#store.rows("alert").values()].filter((row) => row.queue === key);
    return rows.sort((a, b) => a.raised_at.localeCompare(b.raised_at));
  }

  /** Has the cards stand in their order, and new ones made. */
  #arrange() {
    const keys = this.#wantedOrder();
    if (keys.length === this.#order.length && keys.every((key, at) => key === this.#order[at])) return;
    this.#order = keys;
    const known = new Set(keys);
    for (const key of this.#cards.keys()) if (!known.has(key)) this.#cards.delete(key);
    for (const key of keys) {
      if (this.#cards.has(key)) continue;
      this.#cards.set(key, {
        card: focusable(new QueueCard(), -1), // its title is where the keyboard goes
        alerts: new Keyed(() => new Alert()),
        callers: new Keyed(() => focusable(new Caller(), 0)),
        members: new Keyed(() => new Member()),
      });
      this.#draw(key);
    }
    setAttr(this.#root, "data-compact", this.#areOpen ? null : "");
    setHidden(this.#heads, this.#areOpen);
    arrange(
      this.#root,
      keys.map((key) => this.#cards.get(key).card),
    );
  }

  /** Worst first, unless somebody is just about to press something there, or they have only just been put in order. */
  #wantedOrder() {
    const rows = this.#store.rows("queue");
    const alarmed = new Set();
    for (const row of this.#store.rows("alert").values()) if (row.acknowledged_at === null) alarmed.add(row.queue);
    const wanted = worstFirst(rows, alarmed).map((row) => row.key);
    if (wanted.length === this.#order.length && wanted.every((key, at) => key === this.#order[at])) return wanted;
    const since = performance.now() - this.#orderedAt;
    const isSame = wanted.length === this.#order.length && this.#order.every((key) => rows.has(key));
    const isTouched = this.#root.matches(":hover") || this.#root.querySelector(":focus-visible") !== null;
    if (isSame && (isTouched || since < REORDER_MILLISECONDS)) {
      clearTimeout(this.#later);
      if (!isTouched) this.#later = setTimeout(() => this.#arrange(), REORDER_MILLISECONDS - since);
      return this.#order;
    }
    this.#orderedAt = performance.now();
    return wanted;
  }
}

/** Where the focus can rest, so that the button of the menu can go on to another row. */
const focusable = (element, tabIndex) => Object.assign(element, { tabIndex });
