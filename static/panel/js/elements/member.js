// `<cb-member>`: a member of a queue, one line. `<cb-queue-card>`: a queue as those see it who watch over it.

import { Timer } from "../clock.js";
import { arrange, h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { gettext, interpolate } from "../i18n.js";
import { loanLine, stateWord } from "../words.js";
import { RowElement } from "./row-element.js";

const WAIT_SECONDS = [60, 180];

class Member extends RowElement {
  #shape;
  #name;
  #number;
  #now;
  #timer;
  #loan;

  build() {
    this.#shape = icon("state-unknown", "shape");
    this.#name = h("span", { class: "name" });
    this.#number = h("span", { class: "number" });
    this.#now = h("span", { class: "now" });
    this.#timer = new Timer();
    this.#loan = h("span", { class: "loan", hidden: true });
    this.setAttribute("role", "listitem");
    this.tabIndex = 0;
    const actions = h("span", { class: "actions" });
    this.append(this.#shape, this.#name, this.#number, this.#now, this.#timer, this.#loan, actions);
  }

  /** `other` is the name of the one it talks to for this queue. */
  draw(row, { other = "" }) {
    const name = row.name || row.interface;
    setAttr(this, "data-member", row.key);
    setAttr(this, "data-state", row.state);
    setIcon(this.#shape, `state-${row.state}`);
    setText(this.#name, name);
    setAttr(this.#name, "title", name);
    setText(this.#number, row.extension);
    setText(this.#now, nowText(row, other));
    setText(this.#loan, loanLine(row));
    setHidden(this.#loan, !row.loan);
    setAttr(this, "data-loan", row.loan ? "" : null);
    setAttr(this.#now, "title", this.#now.textContent);
    this.#timer.since = row.state === "unknown" ? null : row.state_at;
  }
}

function nowText(row, other) {
  if (row.state === "paused" && row.pause_reason !== "")
    return interpolate(gettext("paused: %(reason)s"), { reason: row.pause_reason });
  if (row.state === "talking" && other !== "") return interpolate(gettext("with %(who)s"), { who: other });
  if (row.state === "ringing" && other !== "") return interpolate(gettext("from %(who)s"), { who: other });
  return stateWord(row.state);
}

class QueueCard extends RowElement {
  #title;
  #figures = {};
  #longest;
  #alerts;
  #callers;
  #members;
  #nobody;

  build() {
    this.#title = h("button", { type: "button", class: "title" });
    this.#longest = new Timer();
    this.#longest.ages = WAIT_SECONDS;
    const figures = [
      this.#figure("waiting", gettext("waiting")),
      h("div", { class: "figure" }, h("dd", {}, this.#longest), h("dt", {}, gettext("longest wait"))),
      this.#figure("free", gettext("free")),
      this.#figure("answered", gettext("answered")),
      this.#figure("lost", gettext("gave up")),
    ];
    this.#alerts = h("div", { class: "alerts", role: "list", "aria-label": gettext("Alerts") });
    this.#callers = h("div", { class: "callers" });
    this.#members = h("div", { class: "members", role: "list", "aria-label": gettext("Members") });
    this.#nobody = h("p", { class: "empty" }, gettext("Nobody is logged in to this queue."));
    this.setAttribute("role", "region");
    this.dataset.dropZone = "queue";
    const head = h("div", { class: "head" }, h("h2", {}, this.#title), h("span", { class: "actions" }));
    const list = h("dl", { class: "figures" }, figures);
    this.append(head, list, this.#alerts, this.#callers, this.#members, this.#nobody);
  }

  #figure(name, label) {
    this.#figures[name] = h("dd", {});
    return h("div", { class: "figure", "data-figure": name }, this.#figures[name], h("dt", {}, label));
  }

  /**
   * `waiting` are the rows of those who wait, in their order; `alerts` the elements of what is up, `callers` and
   * `members` those that an `open` card shows; `isStaffed` says whether anybody works there at all.
   */
  draw(row, { waiting, isStaffed, alerts, callers, members, open }) {
    setAttr(this, "data-queue", row.key);
    setAttr(this, "data-waiting", waiting.length);
    setAttr(this, "aria-label", row.name || row.key);
    setText(this.#title, row.name || row.key);
    setAttr(this.#title, "aria-expanded", String(open));
    setAttr(this, "data-open", open ? "" : null);
    setText(this.#figures.waiting, String(waiting.length));
    this.#longest.since = waiting[0]?.joined_at ?? null;
    setText(this.#figures.free, `${row.free}/${row.members}`);
    setAttr(this.#figures.free, "data-none", row.free === 0 ? "" : null);
    setText(this.#figures.answered, String(row.completed));
    setText(this.#figures.lost, String(row.abandoned));
    const isNew = alerts.some((alert) => alert.row.acknowledged_at === null);
    setAttr(this, "data-alert", alerts.length === 0 ? null : isNew ? "new" : "acknowledged");
    arrange(this.#alerts, alerts);
    arrange(this.#callers, callers);
    arrange(this.#members, members);
    setHidden(this.#nobody, isStaffed || !open);
  }
}

customElements.define("cb-member", Member);
customElements.define("cb-queue-card", QueueCard);

export { Member, QueueCard };
