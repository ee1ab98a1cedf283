// `<cb-consult>`: an asking in two legs, the caller who hears music and the one who is asked, with the four ways to go
// on.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { telephone } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { hint } from "../keys.js";
import { storyLine } from "../story.js";
import { stateWord, who } from "../words.js";
import "./note.js";
import { Recording } from "./recording.js";
import { RowElement, commandButton, toolButton } from "./row-element.js";

/** One of the two: shape, name, what is with them, and since when. */
class Leg {
  element;
  #shape = icon("state-held", "shape");
  #name = h("strong", { class: "name" });
  #number = h("span", { class: "number" });
  #word = h("span", { class: "word" });
  #timer = new Timer();

  constructor(className) {
    const second = h("span", { class: "line" }, this.#word, this.#number);
    this.element = h("div", { class: `leg ${className}` }, this.#shape, this.#name, this.#timer, second);
  }

  show({ person, state, word, since }) {
    setAttr(this.element, "data-state", state);
    setIcon(this.#shape, `state-${state}`);
    setText(this.#name, person === undefined ? gettext("nobody yet") : who(person));
    setAttr(this.#name, "title", this.#name.textContent);
    setText(this.#number, person?.name ? telephone(person.number) : "");
    setText(this.#word, word);
    this.#timer.since = since;
  }
}

export class ConsultCard extends RowElement {
  #kept = new Leg("kept");
  #asked = new Leg("asked");
  #story = h("span", { class: "story" });
  #note = h("cb-note");
  #recording = new Recording();
  #hint = h("span", { class: "hint" }, gettext("Type whom to ask, then Enter."));
  #buttons = {};
  #complete;

  build() {
    this.setAttribute("role", "group");
    this.dataset.owner = "";
    this.#complete = this.#button("complete", gettext("Connect them"), "enter", "button main");
    this.append(
      this.#kept.element,
      this.#asked.element,
      this.#story,
      this.#recording,
      this.#note,
      this.#hint,
      h(
        "span",
        { class: "actions" },
        this.#complete,
        this.#button("cancel", gettext("Back"), "escape", "button"),
        this.#button("swap", gettext("Swap"), "swap", "button"),
        this.#button("join", gettext("Join all"), "join", "button"),
      ),
      h("span", { class: "tools" }, toolButton("note", "icon-note", gettext("Note"), hint("note"))),
    );
  }

  #button(name, label, key, className) {
    return (this.#buttons[name] = commandButton(name, label, { keys: hint(key), className }));
  }

  /**
   * `row` is the call in care; `consult` as from `consultOf` in kept.js; `own` the operator's extension;
   * `nameOf` as in story.js.
   */
  draw(row, { consult: { kept, asked }, own, nameOf }) {
    const talks = asked?.state === "talking";
    setAttr(this, "data-call", row.key);
    setAttr(this, "data-consult", asked === undefined ? "desk" : asked.state);
    setAttr(this, "data-in-hand", "");
    setAttr(this, "data-drag-call", row.key);
    setAttr(this, "data-drag-party", kept.key ?? null);
    setAttr(this, "data-drag-label", who(kept));
    this.#kept.show({ person: kept, state: "held", word: gettext("hears music"), since: row.care.since_at });
    this.#asked.show({
      person: asked,
      state: asked?.state ?? "unknown",
      word: asked === undefined ? gettext("whom to ask?") : stateWord(asked.state),
      since: asked?.state_at ?? null,
    });
    const story = storyLine(row, own, nameOf);
    setText(this.#story, story);
    setAttr(this.#story, "title", story || null);
    this.#recording.show(row.recording);
    this.#note.show(row);
    setHidden(this.#hint, asked !== undefined);
    this.#drawButtons(asked, talks);
    setAttr(this, "aria-label", this.#label(kept, asked));
  }

  /** While the other one rings, connecting is a transfer that comes back; swapping and joining have to wait. */
  #drawButtons(asked, talks) {
    const { complete, swap, join } = this.#buttons;
    for (const button of [swap, join]) if (button !== null) button.disabled = !talks;
    if (complete === null) return;
    complete.disabled = asked === undefined;
    const rings = asked !== undefined && !talks;
    setText(complete.firstElementChild, rings ? gettext("Send on, do not wait") : gettext("Connect them"));
  }

  #label(kept, asked) {
    if (asked === undefined)
      return interpolate(gettext("%(who)s hears music; nobody is asked yet"), { who: who(kept) });
    const words = { who: who(kept), asked: who(asked), state: stateWord(asked.state) };
    return interpolate(gettext("%(who)s hears music; asking %(asked)s, %(state)s"), words);
  }

  args() {
    return { call: this.row.key };
  }
}

customElements.define("cb-consult", ConsultCard);
