// `<cb-queue-card>`: a queue as those see it who watch over it: who waits, what its people do, and what the day was like.
// Closed it is a line of the same figures, under the heads of `queueHeads`.

import { Timer } from "../clock.js";
import { arrange, h, icon, setAttr, setHidden, setText } from "../dom.js";
import { duration } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { onPbx } from "../pbxs.js";
import { averageTalk, averageWait, isBelowTarget, levelOf } from "../today.js";
import { stateWord } from "../words.js";
import { memberHeads } from "./member.js";
import { RowElement } from "./row-element.js";

const WAIT_SECONDS = [60, 180];

/** What people can do beside being free, in the order of the figures. */
const STATES = ["ringing", "talking", "busy", "wrapup", "paused", "away"];

const TODAY = ["answered", "abandoned", "level", "wait", "talk"];

const HEADS = {
  waiting: () => gettext("waiting"),
  longest: () => gettext("longest"),
  free: () => gettext("free"),
  answered: () => gettext("taken"),
  abandoned: () => gettext("gave up"),
  level: () => gettext("in time"),
  wait: () => gettext("⌀ wait"),
  talk: () => gettext("⌀ talk"),
};

const NOT_ALL = () => gettext("The panel has not seen all of today: there may have been more calls.");

/** What the columns of the closed cards are. For the eye alone: each card names its figures. */
export function queueHeads() {
  const word = (name) => h("span", { class: "column" }, HEADS[name]());
  const shape = (state) => h("span", { class: "column", title: stateWord(state), "data-state": state }, icon(`state-${state}`, "shape"));
  const columns = [...["waiting", "longest", "free"].map(word), ...STATES.map(shape), ...TODAY.map(word)];
  return h("div", { class: "queue-heads", "aria-hidden": "true" }, h("span", {}), columns);
}

export class QueueCard extends RowElement {
  #title = h("button", { type: "button", class: "title name" });
  #dd = {}; // by the name of the figure
  #dt = {};
  #longest = new Timer();
  #incomplete = h("span", { class: "incomplete", hidden: true }, gettext("incomplete"));
  #alerts = h("div", { class: "alerts", role: "list", "aria-label": gettext("Alerts") });
  #callers = h("div", { class: "callers" });
  #heads = memberHeads();
  #members = h("div", { class: "members", role: "list", "aria-label": gettext("Members") });
  #nobody = h("p", { class: "empty" }, gettext("Nobody is logged in to this queue."));

  build() {
    this.#longest.ages = WAIT_SECONDS;
    this.setAttribute("role", "region");
    this.dataset.dropZone = "queue";
    const head = h("div", { class: "head" }, h("h2", {}, this.#title), h("span", { class: "actions" }));
    const now = ["waiting", "longest", "free"].map((name) => this.#figure(name, NOW[name]()));
    this.#dd.longest.append(this.#longest);
    const states = STATES.map((state) => this.#figure(state, stateWord(state), icon(`state-${state}`, "shape")));
    const today = TODAY.map((name) => this.#figure(name, HEADS[name]()));
    this.#incomplete.title = NOT_ALL();
    this.append(
      head,
      h("dl", { class: "figures now" }, now),
      h("dl", { class: "states" }, states),
      h("p", { class: "day" }, gettext("today"), this.#incomplete),
      h("dl", { class: "figures today" }, today),
      ...[this.#alerts, this.#callers, this.#heads, this.#members, this.#nobody],
    );
  }

  #figure(name, label, shape = null) {
    this.#dd[name] = h("dd", {});
    this.#dt[name] = h("dt", {}, label);
    return h("div", { class: "figure", "data-figure": name, title: label }, shape, this.#dd[name], this.#dt[name]);
  }

  /**
   * `waiting` are the rows of those who wait, in their order, and `people` the rows of its members; `alerts` the elements
   * of what is up, `callers` and `members` those that an `open` card shows.
   */
  draw(row, { waiting, people, alerts, callers, members, open }) {
    const name = onPbx(row, row.name) || row.key;
    setAttr(this, "data-queue", row.key);
    setAttr(this, "data-waiting", waiting.length);
    setAttr(this, "aria-label", name);
    setText(this.#title, name);
    setAttr(this.#title, "title", name);
    setAttr(this.#title, "aria-expanded", String(open));
    setAttr(this, "data-open", open ? "" : null);
    this.#drawNow(row, waiting, people);
    this.#drawToday(row);
    const isNew = alerts.some((alert) => alert.row.acknowledged_at === null);
    setAttr(this, "data-alert", alerts.length === 0 ? null : isNew ? "new" : "acknowledged");
    arrange(this.#alerts, alerts);
    arrange(this.#callers, callers);
    arrange(this.#members, members);
    setHidden(this.#heads, members.length === 0);
    setHidden(this.#nobody, people.length > 0 || !open);
  }

  #drawNow(row, waiting, people) {
    this.#put("waiting", waiting.length);
    this.#longest.since = waiting[0]?.joined_at ?? null;
    setText(this.#dd.free, `${row.free}/${row.members}`);
    setAttr(this.#dd.free, "data-none", row.free === 0 ? "" : null);
    for (const state of STATES) this.#put(state, people.filter((each) => each.state === state).length);
  }

  #drawToday(row) {
    this.#put("answered", row.answered_today);
    this.#put("abandoned", row.abandoned_today);
    this.#put("wait", time(averageWait(row)));
    this.#put("talk", time(averageTalk(row)));
    const level = levelOf(row);
    const goal = { seconds: row.target_seconds, percent: row.target_percent };
    this.#put("level", level === null ? "–" : interpolate(gettext("%(count)s %"), { count: level }));
    setText(this.#dt.level, interpolate(gettext("in %(seconds)s s (goal %(percent)s %)"), goal));
    const words = isBelowTarget(row)
      ? gettext("Below the goal: %(percent)s % are to be answered within %(seconds)s s.")
      : gettext("Answered within %(seconds)s s; the goal is %(percent)s %.");
    const figure = this.#dd.level.parentElement;
    setAttr(figure, "title", interpolate(words, goal));
    setAttr(figure, "data-below", isBelowTarget(row) ? "" : null);
    setAttr(this, "data-incomplete", row.is_complete_today ? null : "");
    setHidden(this.#incomplete, row.is_complete_today);
    // The closed card has but a star there.
    const title = row.is_complete_today ? HEADS.answered() : `${HEADS.answered()} – ${NOT_ALL()}`;
    setAttr(this.#dd.answered.parentElement, "title", title);
  }

  #put(name, value) {
    setText(this.#dd[name], String(value));
    setAttr(this.#dd[name].parentElement, "data-zero", value === 0 || value === "–" ? "" : null);
  }
}

/** The open card has room for more words than the heads. */
const NOW = { ...HEADS, longest: () => gettext("longest wait") };

const time = (seconds) => (seconds === null ? "–" : duration(seconds));

customElements.define("cb-queue-card", QueueCard);
