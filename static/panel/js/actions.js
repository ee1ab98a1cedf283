// What the operator's gestures mean: the same few verbs for mouse, drag and keyboard. Knows the picture and gives
// commands; knows no elements. Whatever cannot be done says why.

import { gettext, interpolate } from "./i18n.js";
import {
  callInHand,
  callsAt,
  longestCaller,
  longestRinging,
  myParty,
  otherEnd,
  parkedCalls,
  ringingCall,
} from "./select.js";
import { who } from "./words.js";

export class Actions {
  /** The call that the operator has chosen of several, by key. */
  chosen = null;
  #store;
  #commands;
  #extension;

  constructor({ store, commands, extension }) {
    this.#store = store;
    this.#commands = commands;
    this.#extension = extension;
  }

  /** The call that a transfer moves now, or undefined. */
  get inHand() {
    return callInHand(this.#store, this.#extension, this.chosen);
  }

  /** Gives a command as it came from a control, with the names for its sentence. */
  give(name, args) {
    this.#commands.give(name, args, this.#about(args));
  }

  /** Enter on a person or a number: sends the call in hand there; without one, calls. */
  reach(to) {
    const call = this.inHand;
    if (call === undefined) this.give("call", { to });
    else this.give("transfer", { call: call.key, to });
  }

  transfer(to) {
    const call = this.inHand;
    if (call === undefined) this.#commands.note(gettext("There is no call to transfer."));
    else this.give("transfer", { call: call.key, to });
  }

  park() {
    const call = this.inHand;
    if (call === undefined) this.#commands.note(gettext("There is no call to park."));
    else this.give("park", { call: call.key });
  }

  hangup() {
    const call = this.inHand ?? callsAt(this.#store, this.#extension).at(-1);
    if (call === undefined) this.#commands.note(gettext("There is no call to hang up."));
    else this.give("hangup", { call: call.key });
  }

  /** Picks up what rings at `key`, or else at the phone that has been ringing longest. */
  pickup(key) {
    const at = key === undefined ? undefined : this.#store.get("extension", key);
    const row = at !== undefined && ringingCall(at) !== undefined ? at : longestRinging(this.#store, this.#extension);
    if (row === undefined) this.#commands.note(gettext("No other phone is ringing."));
    else this.give("pickup", { call: ringingCall(row).call });
  }

  /** Takes who waits longest; not while one talks: a key pressed by mistake must not make a second call of one. */
  takeNext() {
    const call = this.inHand;
    if (call !== undefined && myParty(call, this.#extension).state === "talking")
      return this.#commands.note(gettext("You are in a call: transfer or park it first."));
    const caller = longestCaller(this.#store);
    if (caller === undefined) this.#commands.note(gettext("Nobody is waiting."));
    else this.give("take", { caller: caller.key });
  }

  takeBack() {
    const all = parkedCalls(this.#store);
    const parked = all.find((row) => row.parked_by.extension === this.#extension) ?? all[0];
    if (parked === undefined) this.#commands.note(gettext("Nobody is parked."));
    else this.give("unpark", { parked: parked.key });
  }

  /**
   * Something was dropped: `item` is `{call, caller?, parked?}`, `target` is `{zone: "extension" | "parking" |
   * "mine", key?}`.
   */
  drop(item, target) {
    const mine = target.zone === "mine" || target.key === this.#extension;
    if (mine && item.caller === undefined && item.parked === undefined) return;
    if (target.zone === "extension" && !mine) this.give("transfer", { call: item.call, to: target.key });
    else if (target.zone === "parking") this.give("park", { call: item.call });
    else if (item.caller !== undefined) this.give("take", { caller: item.caller });
    else if (item.parked !== undefined) this.give("unpark", { parked: item.parked });
  }

  #about({ call, to, caller, parked }) {
    const row = call === undefined ? undefined : this.#store.get("call", call);
    const waiting = this.#store.get("caller", caller) ?? this.#store.get("parked", parked);
    const target = to === undefined ? undefined : this.#store.get("extension", to);
    return {
      who:
        waiting !== undefined
          ? who(waiting)
          : row === undefined
            ? ""
            : who(otherEnd(this.#store, row, this.#extension)),
      to: target === undefined ? to : nameAndNumber(target),
    };
  }
}

const nameAndNumber = (row) =>
  row.name ? interpolate(gettext("%(name)s (%(number)s)"), { name: row.name, number: row.number }) : row.number;
