// Messages to somebody who is not there: opens the form with what there is to say, and tells why it cannot be done.
// Knows the picture and the form; the command goes the way of all others.

import { may } from "./config.js";
import { hourAndMinute, telephone } from "./format.js";
import { gettext, interpolate } from "./i18n.js";
import { isOffered, myParty } from "./select.js";
import { nameAndNumber, who } from "./words.js";

/** So long after a caller has hung up, a message is still about that caller. */
const JUST_NOW_MILLISECONDS = 120_000;

export class Messages {
  #store;
  #actions;
  #offers;
  #own;
  #form;
  #anchorOf;
  #about; // `{call, text}` of the call in hand
  #ended = { text: "", at: -Infinity }; // the last one whose caller hung up while the operator had it

  /** `form` is the `<cb-message>`; `anchorOf(key)` gives the element of the board that shows a person. */
  constructor({ store, actions, offers, own, form, anchorOf }) {
    this.#store = store;
    this.#actions = actions;
    this.#offers = offers;
    this.#own = own;
    this.#form = form;
    this.#anchorOf = anchorOf;
    store.watch("call", () => this.#remember());
  }

  get isOpen() {
    return this.#form.isOpen;
  }

  close() {
    this.#form.close();
  }

  /**
   * Opens the form for the person with this key; without one, for whom a caller has come back from. Returns "asked": the
   * operator has yet to press Enter.
   */
  open(key = this.#offers.now?.back.target.extension) {
    const row = this.#store.get("extension", key);
    const obstacle = this.#obstacle(row);
    if (obstacle !== "") this.#actions.note(obstacle);
    else {
      const title = interpolate(gettext("Message to %(who)s"), { who: nameAndNumber(row) });
      this.#form.open({ to: row.key, title, text: this.#text(), anchor: this.#anchorOf(row.key) });
    }
    return "asked";
  }

  #obstacle(row) {
    if (!may("message")) return gettext("Your account may not send messages.");
    if (!isOffered(this.#store, "message"))
      return gettext("Messages need a mail server: the administrator names it in EMAIL_URL.");
    if (row === undefined) return gettext("Choose a person first: type a name.");
    return row.can_message ? "" : noAddress(row);
  }

  /** About the caller whom the operator has, asks about, gets back, or has just had; empty without one. */
  #text() {
    const { consult, inHand } = this.#actions;
    const call = consult?.call ?? inHand ?? this.#offers.now?.call;
    if (call !== undefined) return callBack(call, consult?.kept ?? this.#actions.whoMoves(call), this.#own);
    return performance.now() - this.#ended.at < JUST_NOW_MILLISECONDS ? this.#ended.text : "";
  }

  #remember() {
    const call = this.#actions.inHand;
    if (call !== undefined) {
      this.#about = { call: call.key, text: callBack(call, this.#actions.whoMoves(call), this.#own) };
    } else if (this.#about !== undefined) {
      // A call that goes on has been sent to somebody: that caller is not to be called back.
      const isOver = this.#store.get("call", this.#about.call) === undefined;
      this.#ended = isOver ? { text: this.#about.text, at: performance.now() } : { text: "", at: -Infinity };
      this.#about = undefined;
    }
  }
}

export const noAddress = (row) =>
  interpolate(gettext("There is no e-mail address for %(who)s."), { who: row.name || row.number });

/** What is mostly to be said: who `person` of `call` is, when the call came, and that a call back is wanted. */
export function callBack(call, person, own) {
  const time = hourAndMinute(Date.parse(call.started_at));
  if (!person.name && !person.number)
    return interpolate(gettext("Somebody who shows no number called at %(time)s"), { time });
  const number = telephone(person.number);
  const name = person.name && number ? nameAndNumber({ name: person.name, number }) : who(person);
  const called = myParty(call, own)?.role !== "caller";
  const text = called
    ? gettext("%(who)s called at %(time)s and asks you to call back")
    : gettext("%(who)s asks you to call back");
  return interpolate(text, { who: name, time });
}
