// The left of the board: the operator's own calls, an asking, what comes back, and what was sent and not answered yet.
// Also what follows from them for the rest of the page: whether a call is in hand (`data-in-hand` on the document
// element), the title of the tab, and the voice for screen readers.

import { AskingEnds } from "../asking.js";
import { arrange, setAttr, setHidden } from "../dom.js";
import { CallCard } from "../elements/call.js";
import { ConsultCard } from "../elements/consult.js";
import { KeptCall } from "../elements/kept.js";
import { telephone } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { Keyed } from "../keyed.js";
import { claimOfOther, comeback, keptPerson, lastSent, mine } from "../kept.js";
import { hint } from "../keys.js";
import { isInHand, myParty } from "../select.js";
import { whyBack } from "../story.js";
import { who } from "../words.js";

const MAKE = { call: () => new CallCard(), consult: () => new ConsultCard(), sent: () => new KeptCall() };

export class MyCalls {
  #store;
  #actions;
  #offers;
  #own;
  #operator;
  #root;
  #empty;
  #cards = new Keyed(({ form }) => MAKE[form]());
  #before = new Map();
  #ends;
  #answered;
  #rings;

  /**
   * `own` is the operator's extension and `operator` the operator's key; `answered(call)` is called when a call comes
   * into the operator's hands, `rings(sentence)` when one begins to ring.
   */
  constructor({ store, actions, offers, own, operator, root, empty, answered, rings }) {
    this.#store = store;
    this.#actions = actions;
    this.#offers = offers;
    this.#own = own;
    this.#operator = operator;
    this.#root = root;
    this.#empty = empty;
    this.#answered = answered;
    this.#rings = rings;
    this.#ends = new AskingEnds({ store, own, operator });
    for (const kind of ["call", "extension", "conference", "pbx", "listening"]) store.watch(kind, () => this.update());
    actions.watch(() => this.update());
    root.addEventListener("click", (event) => this.#onClick(event));
  }

  update() {
    this.#offers.update();
    const { consult, calls, sent } = mine(this.#store, this.#own);
    const items = [
      ...(consult === undefined ? [] : [{ form: "consult", call: consult.call, consult }]),
      ...calls.map((call) => ({ form: "call", call })),
      ...sent.map((call) => ({ form: "sent", call })),
    ].map((item) => ({ ...item, key: `${item.form}:${item.call.key}` }));
    arrange(
      this.#root,
      this.#cards.elements(items, (card, item) => this.#draw(card, item)),
    );
    setHidden(this.#empty, items.length > 0);
    this.#tell(calls, consult);
  }

  #draw(card, { form, call, consult }) {
    const nameOf = (number) => this.#store.get("extension", number)?.name || telephone(number);
    if (form === "consult") return card.show(call, { consult, own: this.#own, nameOf });
    if (form === "sent") return this.#drawSent(card, call);
    const { now } = this.#offers;
    const back = comeback(call, this.#own);
    card.show(call, {
      party: myParty(call, this.#own),
      other: this.#others(call),
      inHand: call === this.#actions.inHand,
      own: this.#own,
      nameOf,
      claim: claimOfOther(call, this.#operator),
      offer: now?.call === call ? now : back && { back, ways: [], at: -1 },
      listeners: [...this.#store.rows("listening").values()].filter((each) => each.call === call.key),
      canAnswer: this.#isIncoming(call) && this.#actions.can("answer"),
    });
  }

  /** Who is at the other end: of a conference everybody else in the room, as one Person. */
  #others(call) {
    const room = this.#store.get("conference", call.conference);
    const people = (room?.members ?? []).filter((member) => member.extension !== this.#own).map(who);
    if (people.length < 2) return this.#actions.whoMoves(call);
    const number = interpolate(gettext("Room %(room)s"), { room: room.room });
    return { name: people.join(", "), number, extension: "" };
  }

  #drawSent(card, call) {
    const isLast = call === lastSent(this.#store, this.#own);
    card.show(call, {
      person: keptPerson(call),
      claim: claimOfOther(call, this.#operator),
      keys: isLast ? hint("fetch") : "",
      canTake: this.#actions.can("retrieve") && call.state !== "talking",
      sent: true,
      own: this.#own,
    });
  }

  /** What the rest of the page has to know, and what is said aloud of each call once. */
  #tell(calls, consult) {
    const page = document.documentElement;
    setAttr(page, "data-in-hand", this.#actions.inHand === undefined ? null : "");
    setAttr(page, "data-consult", consult === undefined ? null : "");
    const ringing = calls.find((call) => this.#isIncoming(call));
    const title =
      ringing === undefined
        ? "Cordboard"
        : interpolate(gettext("%(who)s calls you · Cordboard"), { who: who(this.#actions.whoMoves(ringing)) });
    if (document.title !== title) document.title = title;
    for (const call of calls) {
      const before = this.#before.get(call.key);
      if (isInHand(call, this.#own) && !(before && isInHand(before, this.#own))) this.#answered(call);
      if (this.#isIncoming(call) && !(before && this.#isIncoming(before))) this.#rings(this.#sentence(call));
    }
    this.#before = new Map(calls.map((call) => [call.key, call]));
    for (const sentence of this.#ends.news(calls, consult)) this.#actions.note(sentence);
  }

  #isIncoming(call) {
    const party = myParty(call, this.#own);
    return party?.state === "ringing" && party.role === "called";
  }

  #sentence(call) {
    const words = { who: who(this.#actions.whoMoves(call)), queue: call.queue };
    const back = comeback(call, this.#own);
    if (back !== undefined)
      return interpolate(gettext("%(who)s comes back: %(why)s."), { ...words, why: whyBack(back.reason, back.target) });
    return interpolate(
      call.queue === "" ? gettext("%(who)s calls you.") : gettext("%(who)s calls you, from %(queue)s."),
      words,
    );
  }

  /** Of several calls the one that was clicked is the one in hand. */
  #onClick(event) {
    const card = event.target.closest("cb-call");
    if (card === null || event.target.closest("button, input") !== null) return;
    this.#actions.select(card.row.key);
  }
}
