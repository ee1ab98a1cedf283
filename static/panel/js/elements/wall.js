// What hangs on the wall: up to four queues as tiles, more of them as a table with a line for each. It is given the
// state as the server makes it, and the moment that its times count to.

import { h, setAttr, setHidden, setText } from "../dom.js";
import { duration, telephone } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { stateWord } from "../words.js";

const MOST_TILES = 4;
const OF_TIME = "longest";
const OF_PER_CENT = "level_today";

export class Wall {
  #root;
  #shape = "";
  #queues = [];
  #times = new Map(); // elements and since when their time runs, in milliseconds

  constructor(root) {
    this.#root = root;
  }

  clear() {
    this.#shape = "";
    this.#queues = [];
    this.#times.clear();
    this.#root.replaceChildren();
  }

  show(state) {
    const areTiles = state.queues.length <= MOST_TILES;
    const shape = JSON.stringify([areTiles, state.figures, state.queues.length]);
    if (shape !== this.#shape) {
      this.clear();
      this.#shape = shape;
      this.#build(state, areTiles);
    }
    this.#times.clear();
    state.queues.forEach((queue, at) => this.#draw(this.#queues[at], queue));
  }

  tick(now) {
    for (const [element, since] of this.#times) setText(element, waited((now - since) / 1000));
  }

  #build(state, areTiles) {
    const { figures, queues } = state;
    setAttr(this.#root, "data-shape", areTiles ? "tiles" : "table");
    this.#root.style.setProperty("--queues", queues.length);
    this.#root.style.setProperty("--figures", figures.length);
    const head = h(
      "div",
      { class: "line head", role: "row" },
      h("span", { role: "columnheader" }, gettext("queue")),
      figures.map(({ label }) => h("span", { class: "label", role: "columnheader" }, label)),
    );
    this.#queues = queues.map(() => (areTiles ? tile(figures) : line(figures)));
    setAttr(this.#root, "role", areTiles ? null : "table");
    this.#root.append(...(areTiles ? [] : [head]), ...this.#queues.map((queue) => queue.element));
  }

  #draw(parts, queue) {
    setAttr(parts.element, "data-queue", queue.name);
    setAttr(parts.element, "data-needs", queue.needs ? "" : null);
    setAttr(parts.element, "data-alert", alertOf(queue));
    setAttr(parts.element, "data-gone", queue.is_there ? null : "");
    setText(parts.name, queue.name);
    for (const [name, element] of parts.figures) this.#drawFigure(element, name, queue.figures[name], queue.is_complete);
    setText(parts.word, wordOf(queue));
    setHidden(parts.word, wordOf(queue) === "");
    if (parts.people !== undefined) this.#drawPeople(parts.people, queue);
  }

  /** A figure of a day that the panel has not seen all of has a star. */
  #drawFigure(element, name, value, isComplete) {
    const hasNone = value === undefined || value === null;
    setAttr(element, "data-zero", hasNone || (value === 0 && name !== OF_PER_CENT) ? "" : null);
    if (name === OF_TIME && !hasNone) this.#times.set(element, Date.parse(value));
    else if (hasNone) setText(element, "–");
    else {
      const star = name.endsWith("_today") && !isComplete ? "*" : "";
      setText(element, (name === OF_PER_CENT ? `${value} %` : String(value)) + star);
    }
  }

  #drawPeople(people, { callers, agents }) {
    setHidden(people, callers === undefined);
    if (callers === undefined) return;
    const waiting = callers.map(({ name, number, joined_at }) => {
      const time = h("span", { class: "time" });
      this.#times.set(time, Date.parse(joined_at));
      return h("li", {}, h("span", { class: "who" }, name || telephone(number) || gettext("unknown")), time);
    });
    const working = agents.map(({ name, state }) =>
      h("li", { "data-state": state }, h("span", { class: "who" }, name), h("span", { class: "time" }, stateWord(state))),
    );
    people.replaceChildren(h("ul", { class: "callers" }, waiting), h("ul", { class: "workers" }, working));
  }
}

/** Seconds in five or six signs: from afar nobody cares for the seconds of an hour. */
function waited(seconds) {
  if (seconds < 3600) return duration(seconds);
  return interpolate(gettext("%(time)s h"), { time: duration(seconds / 60) });
}

/** "new" while somebody should take note of an alert, "acknowledged" when somebody has, or null. */
function alertOf({ alerts = [] }) {
  if (alerts.length === 0) return null;
  return alerts.some(({ acknowledged }) => !acknowledged) ? "new" : "acknowledged";
}

/** What is wrong with the queue, in words: colour is never the only sign. */
function wordOf(queue) {
  if (!queue.is_there) return gettext("not to be seen here");
  if (queue.alerts.length > 0) return queue.alerts.map(({ text }) => text).join(" · ");
  return queue.needs ? gettext("nobody free") : "";
}

function tile(figures) {
  const name = h("h2", {});
  const word = h("p", { class: "word", hidden: true });
  const people = h("div", { class: "people", hidden: true });
  const of = new Map(figures.map((figure) => [figure.name, h("dd", {})]));
  const list = figures.map((figure) =>
    h("div", { class: "figure", "data-figure": figure.name }, of.get(figure.name), h("dt", { class: "label" }, figure.label)),
  );
  const element = h(
    "section",
    { class: "tile" },
    h("div", { class: "heading" }, name, word),
    h("dl", { class: "figures" }, list),
    people,
  );
  return { element, name, word, people, figures: of };
}

function line(figures) {
  const name = h("span", { class: "name" });
  const word = h("span", { class: "word", hidden: true });
  const of = new Map(figures.map((figure) => [figure.name, h("span", { role: "cell", "data-figure": figure.name })]));
  const element = h("div", { class: "line", role: "row" }, h("span", { role: "rowheader" }, name, word), [...of.values()]);
  return { element, name, word, figures: of };
}
