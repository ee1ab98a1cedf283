// `<cb-past-call>`: a call of the moment that is looked at: who with whom, in which state, how it came there. A press
// has it marked wherever it is.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { telephone } from "../format.js";
import { storyLine } from "../story.js";
import { stateWord, who } from "../words.js";
import { Recording } from "./recording.js";
import { RowElement } from "./row-element.js";

export class PastCall extends RowElement {
  isMarked = false;
  #shape = icon("state-talking", "shape");
  #name = h("strong", { class: "name" });
  #number = h("span", { class: "number" });
  #now = h("span", { class: "now" });
  #timer = new Timer();
  #recording = new Recording();
  #story = h("span", { class: "story" });
  #button = h("button", { type: "button", class: "mark" });

  build() {
    this.setAttribute("role", "listitem");
    const now = h("span", { class: "line" }, this.#now, this.#timer);
    this.#button.append(this.#shape, this.#name, this.#number, now, this.#recording, this.#story);
    this.append(this.#button);
  }

  /** `isMarked`: it is the one that is meant, and there is more about it. */
  draw(row, { isMarked }) {
    this.isMarked = isMarked;
    const called = row.parties.filter((party) => party.role !== "caller").map(who);
    const others = called.join(", ") || (row.dialled === "" ? "" : telephone(row.dialled));
    const now = [stateWord(row.state), row.queue, others].filter(Boolean).join(" · ");
    const story = isMarked ? storyLine(row, "") : "";
    setAttr(this, "data-past-call", row.key);
    setAttr(this, "data-state", row.state);
    setAttr(this.#button, "aria-pressed", String(isMarked));
    setIcon(this.#shape, `state-${row.state}`);
    setText(this.#name, who(row.caller));
    setAttr(this.#name, "title", who(row.caller));
    setText(this.#number, isMarked && row.caller.name ? telephone(row.caller.number) : "");
    setText(this.#now, now);
    setAttr(this.#now, "title", now);
    this.#timer.since = row.state_at;
    this.#recording.show(row.recording);
    setText(this.#story, story);
    setHidden(this.#story, story === "");
  }
}

customElements.define("cb-past-call", PastCall);
