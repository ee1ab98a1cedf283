// The mouse on the board: what a press on a control, a click on a tile or on somebody who waits, and a drop mean. Joins
// the events of the elements to actions; the keys are in board.js.

import { Drag } from "./drag.js";
import { MOVES } from "./panes/people.js";
import { moved } from "./ways.js";

const root = document.documentElement;
const CARDS = new Set(["cb-call", "cb-consult"]);
const WAITING = "cb-caller, cb-parked, cb-held";

export class Gestures {
  #parts;
  #drag;

  /** `parts`: store, actions, taking, messages, search, people, glance, own (extension), board and departments (elements). */
  constructor(parts) {
    this.#parts = parts;
    const { board, departments, glance, store, actions } = parts;
    this.#drag = new Drag(board, {
      drop: (item, target) => this.#onDrop(item, target),
      begun: ({ call }) => actions.claim(store.get("call", call)),
      over: (element, item) => glance.drag(element, item && store.get("call", item.call)),
    });
    document.addEventListener("cb-command", (event) => this.#onCommand(event.detail));
    document.addEventListener("cb-written", () => parts.search.focus());
    departments.addEventListener("click", (event) => this.#onTile(event));
    departments.addEventListener("keydown", (event) => this.#onTileKey(event));
    board.addEventListener("click", (event) => this.#onWaiting(event));
    store.watch("call", () => actions.inHand === undefined && this.arm(false));
  }

  /** A call is about to be sent: a click on a tile chooses to whom. */
  arm(on) {
    root.toggleAttribute("data-arming", on && this.#parts.actions.inHand !== undefined);
    if (on) this.#parts.search.focus();
  }

  get isArmed() {
    return root.hasAttribute("data-arming");
  }

  /** Ends a drag; returns whether there was one. */
  cancelDrag() {
    return this.#drag.cancel();
  }

  /** The person that is meant by a key: the focused tile, or the chosen result. */
  get meant() {
    const tile = document.activeElement?.closest("cb-extension");
    return tile?.row ?? this.#parts.search.chosen;
  }

  #onCommand({ name, args, from }) {
    const { actions, messages, search } = this.#parts;
    if (name === "message" && from.localName === "cb-choice") return messages.open(args.to);
    if (from.localName === "cb-call" && name === "transfer") {
      actions.select(args.call);
      return this.arm(true);
    }
    if (from.localName === "cb-call" && name === "dtmf") return this.#card(args.call)?.tones();
    if (CARDS.has(from.localName) && name === "note")
      return this.#card(args.call)?.querySelector("cb-note").edit();
    if (from.localName === "cb-person") this.toward(name, search.target ?? args.to, args.to);
    else if (from.localName === "cb-extension") this.toward(name, args.to ?? args.call, args.to);
    else actions.give(name, args);
    if (from.localName === "cb-choice") search.close();
    if (from.localName === "cb-message") {
      search.reachedAt = performance.now();
      search.close();
      search.focus();
    }
    this.arm(false);
  }

  /** A command towards somebody: `to` may be another of their numbers, `person` is the key of the extension. */
  toward(name, to, person) {
    const { actions, taking, messages, search } = this.#parts;
    const asked = {
      transfer: () => actions.transfer(to),
      consult: () => actions.ask(to),
      hold: () => actions.hold(person),
      call: () => actions.give("call", { to }),
      pickup: () => (person === undefined ? actions.give("pickup", { call: to }) : taking.pickup(person)),
      camp: () => actions.sendTo("camp", person),
      voicemail: () => actions.sendTo("voicemail", person),
      serial: () => actions.sendTo("serial", to),
      message: () => messages.open(person),
    }[name]();
    if (asked !== "asked" && (to ?? person) !== undefined) search.close();
  }

  #card(call) {
    return this.#parts.board.querySelector(`.mine [data-call="${CSS.escape(call)}"]`);
  }

  #onTile(event) {
    const tile = event.target.closest("cb-extension");
    if (tile === null || event.target.closest("button") !== null) return;
    this.focusTile(tile);
    if (tile.row.key !== this.#parts.own && (event.altKey || this.isArmed)) {
      this.#parts.actions.transfer(tile.row.key);
      this.arm(false);
    }
  }

  #onTileKey(event) {
    const { actions, taking, people, own } = this.#parts;
    const tile = event.target;
    if (tile.localName !== "cb-extension" || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (MOVES.has(event.key)) {
      const next = people.neighbour(tile, event.key);
      if (next !== undefined) this.focusTile(next);
    } else if ((event.key === "Enter" || event.key === " ") && !event.repeat) {
      if (tile.row.key === own) return;
      if (actions.inHand === undefined && tile.hasAttribute("data-ringing")) taking.pickup(tile.row.key);
      else actions.reach(tile.row.key);
      this.arm(false);
    } else return;
    event.preventDefault();
  }

  /** The focus goes to this tile, and the Tab key leads there from now on. */
  focusTile(tile) {
    this.#parts.departments.querySelector('cb-extension[tabindex="0"]')?.setAttribute("tabindex", "-1");
    tile.tabIndex = 0;
    tile.focus();
  }

  /** A click on somebody who waits selects the call: keys and the search then mean this one. A second takes it back. */
  #onWaiting(event) {
    const { actions, search } = this.#parts;
    const waiting = event.target.closest(WAITING);
    if (waiting === null || event.target.closest("button, input") !== null) return;
    const key = waiting.dataset.call;
    actions.select(actions.selected?.key === key ? null : key);
    search.focus();
  }

  #onDrop(item, { zone, key }) {
    const { actions, taking, store, own } = this.#parts;
    const row = store.get("call", item.call);
    const call = row === undefined ? { call: item.call } : moved(row);
    if (zone === "mine" || (zone === "extension" && key === own)) taking.takeDropped(item);
    else if (zone === "extension") actions.transferDropped(item, key);
    else if (zone === "parking") actions.give("park", call);
    else if (zone === "holding") actions.give("hold", call);
    else if (zone === "room") actions.give("confer", { ...call, room: key });
    else if (store.get("caller", item.caller)?.queue !== key) actions.give("enqueue", { ...call, queue: key });
  }
}
