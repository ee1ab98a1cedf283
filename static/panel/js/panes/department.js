// One department of the board: its heading, which says how many are free, busy and ringing and stays in sight as long
// as one of its tiles is, the tiles, and its tab. Made and filled by people.js.

import { h, icon, setAttr, setText } from "../dom.js";
import { gettext, interpolate } from "../i18n.js";
import { compare } from "../select.js";
import { TileGrid } from "./tile-grid.js";

/** What the heading counts, in its order: the shape, the words, and the states of the phones. */
const TALLIES = [
  { name: "free", shape: "idle", states: ["idle"], words: () => gettext("%(count)s free") },
  { name: "busy", shape: "talking", states: ["talking", "held"], words: () => gettext("%(count)s busy") },
  { name: "ringing", shape: "ringing", states: ["ringing"], words: () => gettext("%(count)s ringing") },
];

export class Department {
  /** The keys of all that belong here, and the same in order; the grid may show fewer of them. */
  keys = new Set();
  order = [];
  /** How many of them the filter lets through (sieve.js). */
  active = 0;
  #states = new Map();
  #load = h("span", { class: "load" });
  #tallies = TALLIES.map(({ name, shape }) =>
    h("span", { class: "tally", "data-tally": name }, icon(`state-${shape}`, "shape"), h("span", {})),
  );

  /** `make` and `spare` as in tile-grid.js, `choose` is what a press on the tab does. */
  constructor(group, { make, spare, choose }) {
    this.group = group;
    this.name = group || gettext("Other phones");
    this.grid = new TileGrid({ make, spare, name: this.name });
    this.tab = tab(this.name, choose);
    const title = h("span", { class: "group", title: this.name }, this.name);
    const heading = h("h2", {}, title, this.#load, h("span", { class: "tallies" }, this.#tallies));
    this.element = h("section", { class: "department", "aria-label": this.name }, heading, this.grid.element);
  }

  /** How many are on the phone, of all. */
  get load() {
    return `${this.#count(["talking", "held", "ringing"])}/${this.keys.size}`;
  }

  /** One more phone is in this state; with -1, one fewer. */
  count(state, by) {
    this.#states.set(state, this.#count([state]) + by);
  }

  /** Writes what the heading and the tab say. */
  drawCounts() {
    const { load } = this;
    const [busy, all] = load.split("/");
    setText(this.tab.lastElementChild, load);
    setText(this.#load, load);
    setAttr(this.#load, "title", interpolate(gettext("%(busy)s of %(all)s on the phone"), { busy, all }));
    for (const [at, { states, words }] of TALLIES.entries()) {
      const count = this.#count(states);
      setAttr(this.#tallies[at], "data-none", count === 0 ? "" : null);
      setText(this.#tallies[at].lastElementChild, interpolate(words(), { count }));
    }
  }

  #count(states) {
    return states.reduce((sum, state) => sum + (this.#states.get(state) ?? 0), 0);
  }
}

/** The button that shows one department alone, or with the name "All", all of them. */
export const tab = (name, choose) =>
  h(
    "button",
    { type: "button", class: "tab", "aria-pressed": "false", onclick: choose },
    h("span", {}, name),
    h("span", { class: "load" }),
  );

/** Those with a name come first, by name. */
export const byGroup = (a, b) => Number(a.group === "") - Number(b.group === "") || compare(a.group, b.group);
