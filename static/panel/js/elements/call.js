// `<cb-call>`: one of my calls, with everything that one looks for before deciding where it goes.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { duration, telephone } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { stateWord, who } from "../words.js";
import { RowElement, commandButton } from "./row-element.js";

export class CallCard extends RowElement {
  #shape;
  #word;
  #timer;
  #name;
  #number;
  #story;
  #hint;

  build() {
    this.#shape = icon("state-talking", "shape");
    this.#word = h("span", { class: "word" });
    this.#timer = new Timer();
    this.#name = h("strong", { class: "name" });
    this.#number = h("span", { class: "number" });
    this.#story = h("span", { class: "story" });
    this.#hint = h("span", { class: "hint" });
    this.setAttribute("role", "group");
    this.dataset.owner = "";
    this.append(
      h("span", { class: "line" }, this.#shape, this.#word, this.#timer),
      this.#name,
      this.#number,
      this.#story,
      this.#hint,
      h(
        "span",
        { class: "actions" },
        commandButton("transfer", gettext("Transfer"), {
          keys: "⏎",
          className: "button main",
          title: gettext("Then type a name, or click on a person"),
        }),
        commandButton("park", gettext("Park"), { keys: "Alt P" }),
        commandButton("hangup", gettext("Hang up"), { keys: "Alt H", className: "button danger" }),
      ),
    );
  }

  /**
   * `party` is the operator's own leg, `other` the Person at the other end, `inHand` whether a transfer would move
   * this call.
   */
  draw(row, { party, other, inHand }) {
    const state = party?.state ?? row.state;
    const incoming = party?.role === "called" && state === "ringing";
    setAttr(this, "data-call", row.key);
    setAttr(this, "data-state", row.state);
    setAttr(this, "data-mine", state);
    setAttr(this, "data-in-hand", inHand ? "" : null);
    setAttr(this, "data-drag-call", row.key);
    setAttr(this, "data-drag-label", who(other));
    setIcon(this.#shape, `state-${state}`);
    setText(this.#word, incoming ? gettext("calls you") : stateWord(state));
    this.#timer.since = party?.state_at ?? row.state_at;
    setText(this.#name, who(other));
    setAttr(this.#name, "title", who(other));
    setText(this.#number, other.name ? telephone(other.number) : "");
    setText(this.#story, story(row, other));
    setHidden(this.#hint, !incoming);
    setText(this.#hint, incoming ? gettext("Answer on your phone.") : "");
    setAttr(
      this,
      "aria-label",
      interpolate(gettext("My call: %(who)s, %(state)s"), { who: who(other), state: this.#word.textContent }),
    );
  }

  args() {
    return { call: this.row.key };
  }
}

/** How the call came here, in one line: the queue and the wait, or the number that was dialled. */
function story(row, other) {
  if (row.queue !== "" && row.queued_at !== null) {
    const waited = (Date.parse(row.connected_at ?? row.answered_at ?? row.state_at) - Date.parse(row.queued_at)) / 1000;
    return interpolate(gettext("%(queue)s, waited %(waited)s"), { queue: row.queue, waited: duration(waited) });
  }
  const inbound = row.direction === "in" && row.dialled !== "" && row.dialled !== other.number;
  return inbound ? interpolate(gettext("dialled %(number)s"), { number: telephone(row.dialled) }) : "";
}

customElements.define("cb-call", CallCard);
