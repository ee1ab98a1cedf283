// What the operator's gestures mean: the same few verbs for mouse, drag and keyboard. Knows the picture and gives
// commands; knows no elements. Whatever cannot be done says why. Taking calls is in taking.js.

import { gettext, interpolate } from "./i18n.js";
import { consultOf, keptPerson } from "./kept.js";
import { callInHand, callsAt, isWaiting, myParty, otherEnd } from "./select.js";
import { circumstances, isAvailable, moved, waysAround, wouldFail } from "./ways.js";
import { nameAndNumber, who } from "./words.js";

/** So long after the call in hand has become another one, a key meant the one before. */
const STARTLE_MILLISECONDS = 600;

const NOTHING_TO = {
  transfer: () => gettext("There is no call to transfer."),
  serial: () => gettext("There is no call to transfer."),
  camp: () => gettext("There is no call that could wait."),
  voicemail: () => gettext("There is no call to send to voicemail."),
  hold: () => gettext("There is no call to hold."),
  park: () => gettext("There is no call to park."),
};

export class Actions {
  /** The key of the call that the operator has selected, at his phone or among those who wait; or null. */
  chosen = null;
  #store;
  #commands;
  #extension;
  #claimer;
  #choose;
  #listeners = new Set();
  #inHandBefore;
  #changedAt = -Infinity;

  /**
   * `choose({title, ways, key})` lets the operator choose one of the ways (see ways.js) about the person or the call
   * with that key.
   */
  constructor({ store, commands, extension, claimer, choose }) {
    this.#store = store;
    this.#commands = commands;
    this.#extension = extension;
    this.#claimer = claimer;
    this.#choose = choose;
    store.watch("call", () => this.#onCalls());
  }

  /** The call that a transfer moves now, or undefined. */
  get inHand() {
    return callInHand(this.#store, this.#extension, this.chosen);
  }

  /** The operator's asking, or undefined. */
  get consult() {
    return consultOf(this.#store, this.#extension);
  }

  /** The selected call, if it is one that waits; else undefined. */
  get selected() {
    const call = this.inHand;
    return call !== undefined && call.key === this.chosen && isWaiting(call, this.#extension) ? call : undefined;
  }

  /** The person whom a transfer moves now, as a Person. */
  whoMoves(call) {
    return call.care == null ? otherEnd(this.#store, call, this.#extension) : keptPerson(call);
  }

  /** `listener()` is told when the operator has selected another call. */
  watch(listener) {
    this.#listeners.add(listener);
  }

  /** Makes the call with this key the one in hand; null takes the choice back. */
  select(key) {
    this.chosen = key;
    this.#inHandBefore = this.inHand?.key;
    this.claim();
    for (const listener of this.#listeners) listener();
  }

  /** The operator is busy with this call, or goes on with the selected one: while it waits, the others are told. */
  claim(call = this.selected) {
    if (call !== undefined && isWaiting(call, this.#extension)) this.#claimer.claim(call.key);
  }

  /** Gives a command as it came from a control, with the names for its sentence. */
  give(name, args) {
    this.#commands.give(name, args, this.#about(args));
  }

  note(text) {
    this.#commands.note(text);
  }

  /**
   * Enter on a person or a number: sends the call in hand there; without one, calls; while asking, asks them. Returns
   * "asked" when the operator is to choose first.
   */
  reach(to) {
    if (this.#isStartled()) return undefined;
    if (this.consult === undefined && this.inHand !== undefined) return this.#send("transfer", to);
    if (this.consult !== undefined) this.ask(to);
    else this.give("call", { to });
    return undefined;
  }

  transfer(to) {
    return this.#isStartled() ? undefined : this.#send("transfer", to);
  }

  /** Music for the caller, and `to` is asked; without `to`, the operator says next whom. Without a call, calls. */
  ask(to) {
    const call = this.consult?.call ?? this.inHand;
    if (call !== undefined) this.give("consult", to === undefined ? { call: call.key } : { call: call.key, to });
    else if (to !== undefined) this.give("call", { to });
    else this.note(gettext("There is no call whose caller could wait."));
  }

  /** One of complete, cancel, swap and join. Returns whether there was an asking. */
  endConsult(name) {
    const { call, asked } = this.consult ?? {};
    if (call === undefined) return false;
    if (asked === undefined && name !== "cancel") this.note(gettext("Nobody is being asked yet: type a name."));
    else if (name !== "cancel" && name !== "complete" && asked.state !== "talking")
      this.note(interpolate(gettext("%(who)s has not answered yet."), { who: who(asked) }));
    else this.give(name, { call: call.key });
    return true;
  }

  park() {
    this.#send("park");
  }

  /** Holds the call in hand, for the person with this key if there is one. */
  hold(to) {
    this.#send("hold", to);
  }

  /** camp, voicemail or serial, towards the person with this key. */
  sendTo(name, to) {
    if (this.inHand !== undefined && to === undefined) this.note(gettext("Choose a person first: type a name."));
    else this.#send(name, to);
  }

  hangup() {
    if (this.consult !== undefined)
      return this.note(gettext("You are asking somebody: connect them, or go back to the caller first."));
    const own = callsAt(this.#store, this.#extension);
    const inHand = callInHand(this.#store, this.#extension);
    const call = own.find((each) => each.key === this.chosen) ?? inHand ?? own.at(-1);
    if (call === undefined) this.note(gettext("There is no call to hang up."));
    else this.give("hangup", { call: call.key });
  }

  /** Mutes the operator's own phone, or takes that back. */
  toggleMute() {
    const talking = callsAt(this.#store, this.#extension).filter((call) => this.#own(call).state === "talking");
    const call = talking.find((each) => each.key === this.chosen) ?? talking.at(-1);
    if (call === undefined) this.note(gettext("There is no call to mute."));
    else this.give(this.#own(call).muted ? "unmute" : "mute", { call: call.key });
  }

  /** `item` is `{call, …}` as dropped on the person with this key. */
  transferDropped(item, to) {
    this.#sendCall("transfer", this.#store.get("call", item.call), to, item);
  }

  #send(name, to) {
    const call = this.inHand;
    if (call !== undefined) return this.#sendCall(name, call, to);
    this.note(NOTHING_TO[name]());
    return undefined;
  }

  /** Before a transfer that would fail as things are, the operator is asked; before any other there is no question. */
  #sendCall(name, call, to, item = {}) {
    const row = to === undefined ? undefined : this.#store.get("extension", to);
    const args = call === undefined ? { call: item.call } : moved(call);
    if (name === "transfer" && call !== undefined && row !== undefined && wouldFail(row)) {
      const ways = waysAround(this.#store, call, row);
      if (ways.length > 0) {
        this.#choose({ title: circumstances(this.#store, row, call), ways, key: row.key });
        return "asked";
      }
    }
    this.give(name, to === undefined ? args : { ...args, to });
    return undefined;
  }

  /** May this command be given, and can the PBX do it? */
  can(name) {
    return isAvailable(this.#store, name);
  }

  #own(call) {
    return myParty(call, this.#extension);
  }

  #onCalls() {
    const key = this.inHand?.key;
    if (this.#inHandBefore !== undefined && key !== this.#inHandBefore) this.#changedAt = performance.now();
    if (this.chosen !== null && key !== this.chosen) this.chosen = null;
    this.#inHandBefore = key;
  }

  #isStartled() {
    if (performance.now() - this.#changedAt > STARTLE_MILLISECONDS) return false;
    this.note(gettext("Nothing was sent: the call in hand has just become another one."));
    return true;
  }

  #about({ call, to, caller, parked, digits, queue, room, agent, person }) {
    const row = this.#store.get("call", call);
    const waiting =
      this.#store.get("caller", caller) ??
      this.#store.get("parked", parked) ??
      this.#store.get("member", agent) ??
      this.#store.get("extension", person);
    const target = this.#store.get("extension", to);
    const whom = waiting ?? (row === undefined ? undefined : this.whoMoves(row));
    return {
      who: whom === undefined ? "" : who(whom),
      to: target === undefined ? (to ?? this.#store.get("queue", queue)?.name ?? room) : nameAndNumber(target),
      digits,
    };
  }
}
