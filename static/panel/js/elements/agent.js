// `<cb-agent>`: one who works in queues, as a square among many: name, state as colour, shape and word, how long.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setIcon, setText } from "../dom.js";
import { listenersText } from "../listening.js";
import { stateWord } from "../words.js";
import { Listeners } from "./listeners.js";
import { RowElement } from "./row-element.js";

export class Agent extends RowElement {
  #shape = icon("state-unknown", "shape");
  #name = h("span", { class: "name" });
  #now = h("span", { class: "now" });
  #timer = new Timer();
  #listeners = new Listeners();

  build() {
    this.setAttribute("role", "listitem");
    this.tabIndex = 0;
    this.append(this.#shape, this.#name, this.#now, this.#timer, this.#listeners, h("span", { class: "actions" }));
  }

  /** `row` is a person of agents.js; `title` says what there is no room for, `listeners` who listens to them. */
  draw(row, { title, listeners = [] }) {
    const { member } = row;
    const word = (row.state === "paused" && member.pause_reason) || stateWord(row.state);
    setAttr(this, "data-agent", row.key);
    setAttr(this, "data-state", row.state);
    setIcon(this.#shape, `state-${row.state}`);
    setText(this.#name, row.name);
    setText(this.#now, word);
    this.#timer.since = row.state === "unknown" ? null : member.state_at;
    setAttr(this, "title", title);
    this.#listeners.show(listeners);
    setAttr(this, "data-listened", listeners.length > 0 ? "" : null);
    setAttr(this, "aria-label", [row.name, row.number, word, listenersText(listeners)].filter(Boolean).join(", "));
  }
}

customElements.define("cb-agent", Agent);
