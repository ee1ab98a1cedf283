// `<cb-agent>`: one who works in queues, as a square among many: name, state as colour, shape and word, how long.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { hourAndMinute } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
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
  #loan = h("span", { class: "loan", hidden: true });

  build() {
    this.setAttribute("role", "listitem");
    this.tabIndex = 0;
    const places = [this.#timer, this.#loan, this.#listeners, h("span", { class: "actions" })];
    this.append(this.#shape, this.#name, this.#now, ...places);
  }

  /**
   * `row` is a person of agents.js; `title` says what there is no room for, `listeners` who listens to them, `odd` what
   * should be looked after.
   */
  draw(row, { title, listeners = [], odd = "" }) {
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
    setAttr(this, "data-odd", odd === "" ? null : "");
    setAttr(this, "title", odd === "" ? title : `${title}\n${odd}`);
    this.#listeners.show(listeners);
    setAttr(this, "data-listened", listeners.length > 0 ? "" : null);
    const label = [row.name, row.number, word, lent, listenersText(listeners), odd];
    setAttr(this, "aria-label", label.filter(Boolean).join(", "));
  }
}

const untilText = ({ until_at }) =>
  interpolate(gettext("lent until %(time)s"), { time: hourAndMinute(Date.parse(until_at)) });

customElements.define("cb-agent", Agent);
