// The middle of the board: a tile for every phone, in the sections of the departments. A tile keeps its place for as
// long as its number, its name and its department stay.

import { arrange, h, setAttr, setHidden, setText } from "../dom.js";
import { ExtensionTile } from "../elements/extension.js";
import { gettext, interpolate } from "../i18n.js";
import { preference, setPreference } from "../preferences.js";
import { compare } from "../select.js";

const BUSY = new Set(["talking", "ringing", "held"]);
const ALL = "";

export class People {
  #store;
  #own;
  #root;
  #tabs;
  #order;
  #tiles = new Map();
  #sections = new Map();
  #shown = preference("department", ALL);
  #allTab;
  #recordings = new Map();

  /** `root` holds the sections, `tabs` the buttons for the departments; `order` is "number" or "name". */
  constructor({ store, own, root, tabs, order }) {
    this.#store = store;
    this.#own = own;
    this.#root = root;
    this.#tabs = tabs;
    this.#order = order;
    this.#allTab = this.#tab(ALL, gettext("All"));
    store.watch("extension", (changes) => this.#onExtensions(changes));
    store.watch("mailbox", (changes) => this.#onMailboxes(changes));
    store.watch("call", () => this.#onCalls());
  }

  get count() {
    return this.#tiles.size;
  }

  tile(key) {
    return this.#tiles.get(key);
  }

  set order(order) {
    this.#order = order;
    for (const section of this.#sections.values()) this.#sort(section);
  }

  /** Tiles that can be seen, in the order of the page. */
  visible() {
    const shown = [...this.#sections.values()].filter((section) => !section.element.hidden);
    return shown.sort(bySection).flatMap((section) => [...section.grid.children]);
  }

  #onExtensions(changes) {
    const unsorted = new Set();
    for (const [key, row] of changes) {
      const tile = this.#tiles.get(key);
      const before = tile?.row;
      if (before !== undefined) this.#count(before, -1);
      if (row === undefined) {
        if (tile !== undefined) this.#remove(tile, unsorted);
        continue;
      }
      if (before === undefined || before.group !== row.group) {
        if (before !== undefined) this.#remove(tile, unsorted);
        unsorted.add(this.#section(row.group));
      } else if (before.name !== row.name || before.number !== row.number) {
        unsorted.add(this.#section(row.group));
      }
      this.#draw(row);
      this.#count(row, 1);
    }
    for (const section of unsorted) this.#sort(section);
    if (unsorted.size > 0) this.#arrangeSections();
    this.#drawCounts();
  }

  #draw(row) {
    let tile = this.#tiles.get(row.key);
    if (tile === undefined) {
      tile = new ExtensionTile();
      tile.tabIndex = -1;
      tile.dataset.dropZone = "extension";
      this.#tiles.set(row.key, tile);
    }
    this.#section(row.group).tiles.add(tile);
    tile.show(row, {
      mailbox: this.#store.get("mailbox", row.mailbox),
      own: row.key === this.#own,
      recording: this.#recordings.get(row.key) ?? "",
    });
  }

  #remove(tile, unsorted) {
    const section = this.#section(tile.row.group);
    section.tiles.delete(tile);
    tile.remove();
    this.#tiles.delete(tile.row.key);
    unsorted.add(section);
  }

  #onMailboxes(changes) {
    for (const [key, mailbox] of changes) {
      const row = this.#store.get("extension", mailbox?.extension ?? key.split("@")[0]);
      if (row?.mailbox === key) this.#draw(row);
    }
  }

  /** Whoever sees a phone sees that a call at it is recorded. */
  #onCalls() {
    const before = this.#recordings;
    this.#recordings = new Map();
    for (const call of this.#store.rows("call").values())
      for (const party of call.recording ? call.parties : []) this.#recordings.set(party.extension, call.recording);
    for (const key of new Set([...before.keys(), ...this.#recordings.keys()])) {
      const tile = this.#tiles.get(key);
      if (tile !== undefined && before.get(key) !== this.#recordings.get(key)) this.#draw(tile.row);
    }
  }

  #section(group) {
    let section = this.#sections.get(group);
    if (section === undefined) {
      const name = group || gettext("Other phones");
      const grid = h("div", { class: "tiles" });
      const title = h("h2", {}, h("span", { class: "group" }, name), h("span", { class: "load" }));
      const element = h("section", { class: "department", "aria-label": name }, title, grid);
      section = { group, element, grid, title, tiles: new Set(), busy: 0, tab: this.#tab(group, name) };
      this.#sections.set(group, section);
    }
    return section;
  }

  #tab(group, name) {
    return h(
      "button",
      { type: "button", class: "tab", "aria-pressed": "false", onclick: () => this.#show(group) },
      h("span", {}, name),
      h("span", { class: "load" }),
    );
  }

  #show(group) {
    this.#shown = group;
    setPreference("department", group);
    this.#arrangeSections();
    this.#root.parentElement.scrollTop = 0;
  }

  #sort(section) {
    const by = this.#order === "name" ? (row) => row.name || row.number : (row) => row.number;
    const tiles = [...section.tiles].sort((a, b) => compare(by(a.row), by(b.row)) || compare(a.row.key, b.row.key));
    arrange(section.grid, tiles);
  }

  #arrangeSections() {
    for (const [group, section] of this.#sections) if (section.tiles.size === 0) this.#sections.delete(group);
    const sections = [...this.#sections.values()].sort(bySection);
    if (!this.#sections.has(this.#shown)) this.#shown = ALL;
    for (const section of sections) setHidden(section.element, this.#shown !== ALL && section.group !== this.#shown);
    for (const tab of [this.#allTab, ...sections.map((section) => section.tab)]) setAttr(tab, "aria-pressed", "false");
    setAttr(this.#shown === ALL ? this.#allTab : this.#sections.get(this.#shown).tab, "aria-pressed", "true");
    // One nameless department needs no name and no choice.
    const plain = sections.length < 2;
    setHidden(this.#tabs, plain);
    setAttr(this.#root, "data-plain", plain && this.#sections.has("") ? "" : null);
    arrange(this.#tabs, [this.#allTab, ...sections.map((section) => section.tab)]);
    arrange(
      this.#root,
      sections.map((section) => section.element),
    );
    this.#keepFocusable();
  }

  #count(row, by) {
    if (BUSY.has(row.state)) this.#section(row.group).busy += by;
  }

  #drawCounts() {
    for (const { busy, tiles, tab, title } of this.#sections.values()) {
      const load = `${busy}/${tiles.size}`;
      setText(tab.lastElementChild, load);
      setText(title.lastElementChild, load);
      setAttr(
        title.lastElementChild,
        "title",
        interpolate(gettext("%(busy)s of %(all)s on the phone"), { busy, all: tiles.size }),
      );
    }
  }

  /** Of all tiles one is in the order of the Tab key; arrows go on from there (see board.js). */
  #keepFocusable() {
    if (this.#root.querySelector('cb-extension[tabindex="0"]') === null)
      this.visible()[0]?.setAttribute("tabindex", "0");
  }
}

const bySection = (a, b) => Number(a.group === "") - Number(b.group === "") || compare(a.group, b.group);

/**
 * Arrow keys among the tiles: left and right by order, up and down by place. Returns the tile to go to, or undefined.
 */
export function neighbour(tiles, tile, key) {
  const at = tiles.indexOf(tile);
  if (key === "ArrowLeft") return tiles[at - 1];
  if (key === "ArrowRight") return tiles[at + 1];
  const from = tile.getBoundingClientRect();
  const down = key === "ArrowDown";
  const rest = down ? tiles.slice(at + 1) : tiles.slice(0, at).reverse();
  let row = null;
  let best;
  for (const other of rest) {
    const place = other.getBoundingClientRect();
    if (Math.abs(place.top - from.top) < 4) continue;
    if (row !== null && Math.abs(place.top - row) > 4) break;
    row = place.top;
    if (
      best === undefined ||
      Math.abs(place.left - from.left) < Math.abs(best.getBoundingClientRect().left - from.left)
    )
      best = other;
  }
  return best;
}
