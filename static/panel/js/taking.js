// Bringing calls to the operator's own phone: the next one, a certain one, one that was sent away. Knows the picture
// and gives commands; knows no elements.

import { gettext } from "./i18n.js";
import { isFetchable, lastSent, nextToTake } from "./kept.js";
import { callsAt, isReturning, longestRinging, myParty, parkedCalls, ringingCall } from "./select.js";

export class Taking {
  #store;
  #actions;
  #extension;
  #operator;

  constructor({ store, actions, extension, operator }) {
    this.#store = store;
    this.#actions = actions;
    this.#extension = extension;
    this.#operator = operator;
  }

  /** What `next()` would take, as `{call}` or `{caller}`; undefined when nobody waits. */
  get upcoming() {
    return nextToTake(this.#store, this.#extension, this.#operator);
  }

  /**
   * The selected call, else what rings here, else what comes back, waits longest, is held longest. Not while one
   * talks: a key pressed by mistake must not make a second call of one.
   */
  next() {
    const { selected, inHand, consult } = this.#actions;
    if (consult !== undefined)
      return this.#actions.note(gettext("You are asking somebody: connect them, or go back to the caller first."));
    if (selected !== undefined) return this.take(selected);
    if (inHand !== undefined && this.#stateOf(inHand) === "talking")
      return this.#actions.note(gettext("You are in a call: transfer, hold or park it first."));
    const ringing = this.#ringingHere();
    if (ringing !== undefined) return this.#answer(ringing);
    const next = this.upcoming;
    if (next === undefined) this.#actions.note(gettext("Nobody is waiting."));
    else if (next.caller !== undefined) this.#actions.give("take", { caller: next.caller.key });
    else this.take(next.call);
  }

  /** Brings `call` here, wherever it waits. */
  take(call) {
    const caller = [...this.#store.rows("caller").values()].find((row) => row.call === call.key);
    const parked = this.#store.get("parked", call.parked);
    if (this.#stateOf(call) === "ringing") this.#answer(call);
    else if (caller !== undefined) this.#actions.give("take", { caller: caller.key });
    else if (parked !== undefined) this.#actions.give("unpark", { parked: parked.key });
    else this.#actions.give("retrieve", { call: call.key });
  }

  /** What this operator sent, held or parked last comes back; else what anybody has parked. */
  fetchBack() {
    const call = lastSent(this.#store, this.#extension);
    if (call !== undefined) return this.#actions.give("retrieve", { call: call.key });
    const all = parkedCalls(this.#store);
    const parked = all.findLast((row) => row.parked_by.extension === this.#extension) ?? all[0];
    if (parked === undefined)
      this.#actions.note(gettext("There is nothing to fetch back: nobody is on hold or parked."));
    else this.#actions.give("unpark", { parked: parked.key });
  }

  /** Picks up what rings at `key`, or else at the phone that has been ringing longest. */
  pickup(key) {
    const at = this.#store.get("extension", key);
    const row = at !== undefined && ringingCall(at) !== undefined ? at : longestRinging(this.#store, this.#extension);
    if (row === undefined) this.#actions.note(gettext("No other phone is ringing."));
    else this.#actions.give("pickup", { call: ringingCall(row).call });
  }

  /** Something was dropped on "my calls": `{call, caller?, parked?}`. */
  takeDropped({ call, caller, parked }) {
    if (caller !== undefined) this.#actions.give("take", { caller });
    else if (parked !== undefined) this.#actions.give("unpark", { parked });
    else if (isFetchable(this.#store.get("call", call) ?? {})) this.#actions.give("retrieve", { call });
  }

  /** A phone that can be told to answer is told; any other is answered by hand. */
  #answer(call) {
    if (this.#actions.can("answer")) this.#actions.give("answer", { call: call.key });
    else this.#actions.note(gettext("Your phone is ringing: answer it there."));
  }

  /** What rings at the operator's phone: first what comes back. */
  #ringingHere() {
    const ringing = callsAt(this.#store, this.#extension).filter(
      (call) => this.#stateOf(call) === "ringing" && myParty(call, this.#extension).role === "called",
    );
    return ringing.find(isReturning) ?? ringing[0];
  }

  #stateOf(call) {
    return myParty(call, this.#extension)?.state;
  }
}
