// `<cb-member>`: a member of a queue, one line: state and how long, with whom or why, penalty, last call.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { hourAndMinute, timeOfDay } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { loanLine, stateWord } from "../words.js";
import { RowElement } from "./row-element.js";

export class Member extends RowElement {
  #shape;
  #name;
  #number;
  #now;
  #timer;
  #penalty;
  #last;
  #loan;

  build() {
    this.#shape = icon("state-unknown", "shape");
    this.#name = h("span", { class: "name" });
    this.#number = h("span", { class: "number" });
    this.#now = h("span", { class: "now" });
    this.#timer = new Timer();
    this.#penalty = h("span", { class: "penalty" });
    this.#last = h("span", { class: "last" });
    this.#loan = h("span", { class: "loan", hidden: true });
    this.setAttribute("role", "listitem");
    this.tabIndex = 0;
    const actions = h("span", { class: "actions" });
    const facts = [this.#now, this.#timer, this.#penalty, this.#last, this.#loan];
    this.append(this.#shape, this.#name, this.#number, ...facts, actions);
  }

  /** `other` is the name of the one it talks to for this queue. */
  draw(row, { other = "" }) {
    const name = row.name || row.interface;
    setAttr(this, "data-member", row.key);
    setAttr(this, "data-state", row.state);
    setIcon(this.#shape, `state-${row.state}`);
    setText(this.#name, name);
    setAttr(this.#name, "title", [name, row.extension].filter(Boolean).join(" "));
    setText(this.#number, row.extension);
    setText(this.#now, nowText(row, other));
    setText(this.#loan, loanLine(row));
    setHidden(this.#loan, !row.loan);
    setAttr(this, "data-loan", row.loan ? "" : null);
    setAttr(this.#now, "title", this.#now.textContent);
    this.#timer.since = row.state === "unknown" ? null : row.state_at;
    setText(this.#penalty, String(row.penalty));
    setAttr(this.#penalty, "title", interpolate(gettext("penalty %(count)s"), { count: row.penalty }));
    setAttr(this.#penalty, "data-zero", row.penalty === 0 ? "" : null);
    this.#drawLast(row.last_call_at);
  }

  #drawLast(at) {
    const time = Date.parse(at ?? "");
    const hasOne = Number.isFinite(time);
    setText(this.#last, hasOne ? hourAndMinute(time) : "–");
    const title = hasOne ? interpolate(gettext("last call ended at %(time)s"), { time: timeOfDay(time) }) : null;
    setAttr(this.#last, "title", title ?? gettext("no call yet"));
  }
}

function nowText(row, other) {
  if (row.state === "paused" && row.pause_reason !== "")
    return interpolate(gettext("paused: %(reason)s"), { reason: row.pause_reason });
  if (row.state === "talking" && other !== "") return interpolate(gettext("with %(who)s"), { who: other });
  if (row.state === "ringing" && other !== "") return interpolate(gettext("from %(who)s"), { who: other });
  return stateWord(row.state);
}

/** What the columns of a list of members are; each member says it in words to those who do not see them. */
export const memberHeads = () =>
  h(
    "div",
    { class: "member-heads", "aria-hidden": "true" },
    [
      ["person", gettext("who")],
      ["doing", gettext("does")],
      ["since", gettext("for")],
      ["penalty", gettext("pen."), gettext("Penalty: the higher it is, the later the queue rings this person.")],
      ["last", gettext("last call")],
    ].map(([name, label, title]) => h("span", { class: name, title: title ?? "" }, label)),
  );

customElements.define("cb-member", Member);
