// `<cb-agent>`: one who works in queues, as a square among many: name, state as colour, shape and word, how long.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { hourAndMinute } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { stateWord } from "../words.js";
import { RowElement } from "./row-element.js";

export class Agent extends RowElement {
  #shape = icon("state-unknown", "shape");
  #name = h("span", { class: "name" });
  #now = h("span", { class: "now" });
  #timer = new Timer();
  #loan = h("span", { class: "loan", hidden: true });

  build() {
    this.setAttribute("role", "listitem");
    this.tabIndex = 0;
    this.append(this.#shape, this.#name, this.#now, this.#timer, this.#loan, h("span", { class: "actions" }));
  }

  /** `row` is a person of agents.js; `title` says what there is no room for. */
  draw(row, { title }) {
    const { member } = row;
    const loan = row.queues.find((each) => each.loan)?.loan;
    const word = (row.state === "paused" && member.pause_reason) || stateWord(row.state);
    const lent = loan === undefined ? "" : untilText(loan);
    setAttr(this, "data-agent", row.key);
    setAttr(this, "data-state", row.state);
    setAttr(this, "data-loan", loan === undefined ? null : "");
    setAttr(this, "data-drop-zone", row.number === "" ? null : "agent");
    setIcon(this.#shape, `state-${row.state}`);
    setText(this.#name, row.name);
    setText(this.#now, word);
    setText(this.#loan, lent);
    setHidden(this.#loan, loan === undefined);
    this.#timer.since = row.state === "unknown" ? null : member.state_at;
    setAttr(this, "title", title);
    setAttr(this, "aria-label", [row.name, row.number, word, lent].filter(Boolean).join(", "));
  }
}

const untilText = ({ until_at }) =>
  interpolate(gettext("lent until %(time)s"), { time: hourAndMinute(Date.parse(until_at)) });

customElements.define("cb-agent", Agent);
