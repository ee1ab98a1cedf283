// The left of the board: the operator's own calls. Also what follows from them for the rest of the page: whether a
// call is in hand (`data-in-hand` on the document element), the title of the tab, and the voice for screen readers.

import { arrange, setHidden } from "../dom.js";
import { CallCard } from "../elements/call.js";
import { gettext, interpolate } from "../i18n.js";
import { callsAt, isInHand, myParty, otherEnd } from "../select.js";
import { who } from "../words.js";

export class MyCalls {
  #store;
  #actions;
  #own;
  #root;
  #empty;
  #cards = new Map();
  #answered;
  #rings;

  /**
   * `answered(call)` is called when a call comes into the operator's hands, `rings(sentence)` when one begins to
   * ring.
   */
  constructor({ store, actions, own, root, empty, answered, rings }) {
    this.#store = store;
    this.#actions = actions;
    this.#own = own;
    this.#root = root;
    this.#empty = empty;
    this.#answered = answered;
    this.#rings = rings;
    store.watch("call", () => this.update());
    store.watchKey("extension", own, () => this.update());
    root.addEventListener("click", (event) => this.#onClick(event));
  }

  update() {
    const calls = callsAt(this.#store, this.#own);
    const inHand = this.#actions.inHand;
    for (const key of [...this.#cards.keys()]) if (!calls.some((call) => call.key === key)) this.#cards.delete(key);
    arrange(
      this.#root,
      calls.map((call) => this.#draw(call, call === inHand)),
    );
    setHidden(this.#empty, calls.length > 0);
    document.documentElement.toggleAttribute("data-in-hand", inHand !== undefined);
    const ringing = calls.find((call) => this.#isIncoming(call));
    const title =
      ringing === undefined
        ? "Cordboard"
        : interpolate(gettext("%(who)s calls you · Cordboard"), { who: this.#other(ringing) });
    if (document.title !== title) document.title = title;
  }

  #draw(call, inHand) {
    const before = this.#cards.get(call.key);
    const card = before ?? new CallCard();
    this.#cards.set(call.key, card);
    const hadInHand = before !== undefined && isInHand(before.row, this.#own);
    const rang = before !== undefined && this.#isIncoming(before.row);
    card.show(call, { party: myParty(call, this.#own), other: otherEnd(this.#store, call, this.#own), inHand });
    if (!hadInHand && isInHand(call, this.#own)) this.#answered(call);
    if (!rang && this.#isIncoming(call)) this.#rings(this.#sentence(call));
    return card;
  }

  #isIncoming(call) {
    const party = myParty(call, this.#own);
    return party?.state === "ringing" && party.role === "called";
  }

  #other(call) {
    return who(otherEnd(this.#store, call, this.#own));
  }

  #sentence(call) {
    const text = call.queue === "" ? gettext("%(who)s calls you.") : gettext("%(who)s calls you, from %(queue)s.");
    return interpolate(text, { who: this.#other(call), queue: call.queue });
  }

  /** Of several calls the one that was clicked is the one in hand. */
  #onClick(event) {
    const card = event.target.closest("cb-call");
    if (card === null || event.target.closest("button") !== null) return;
    this.#actions.chosen = card.row.key;
    this.update();
  }
}
