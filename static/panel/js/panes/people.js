// The middle of the board: a tile for every phone, by department (department.js). A tile keeps its place for as long as
// its number, its name and its department stay.

import { arrange, setAttr, setHidden } from "../dom.js";
import { ExtensionTile } from "../elements/extension.js";
import { gettext } from "../i18n.js";
import { askedFor } from "../kept.js";
import { listenersByExtension } from "../listening.js";
import { preference, setPreference } from "../preferences.js";
import { compare } from "../select.js";
import { Department, byGroup, tab } from "./department.js";
import { Sieve } from "./sieve.js";
import { SpareTiles } from "./spare-tiles.js";

const BUSY = new Set(["talking", "ringing", "held"]);
const ALL = "";

/** Of more than these only the tiles in sight are in the page. */
const MOST_IN_PAGE = 600;

export class People {
  /** Is called when `activeCount` may be another. */
  counted = () => {};
  #store;
  #own;
  #root;
  #tabs;
  #order;
  #rows = new Map();
  #departments = new Map();
  #shown = preference("department", ALL);
  #allTab;
  #recordings = new Map();
  #listeners = new Map();
  #asked = new Set();
  #sieve;
  #spare;
  #unsifted = new Set();
  #topBefore = 0;
  #frame = 0;
  #newsAt;

  /** `root` holds the sections, `tabs` the buttons for the departments; `order` is "number" or "name". */
  constructor({ store, own, root, tabs, order }) {
    this.#store = store;
    this.#own = own;
    this.#root = root;
    this.#tabs = tabs;
    this.#order = order;
    this.#sieve = new Sieve(root, () => this.#sift(this.#departments.values()));
    this.#spare = new SpareTiles(root);
    this.#allTab = tab(gettext("All"), () => this.#show(ALL));
    store.watch("extension", (changes) => this.#onExtensions(changes));
    store.watch("mailbox", (changes) => this.#onMailboxes(changes));
    store.watch("call", () => this.#onCalls());
    store.watch("listening", () => this.#onListening());
    // Whatever scrolls (on a phone it is the board) and whatever changes the size of the tiles or of their room.
    document.addEventListener("scroll", () => this.#showSoon(), { capture: true, passive: true });
    const sizes = new ResizeObserver(() => this.#showSoon());
    for (const element of [root, document.documentElement]) sizes.observe(element);
  }

  /** The tile of an extension if it is in the page. */
  tile(key) {
    return this.#gridOf(key)?.tile(key);
  }

  set order(order) {
    this.#order = order;
    for (const department of this.#departments.values()) this.#sort(department);
    this.#showTiles();
  }

  /** How many are busy, ringing or asked for, in the departments that are shown. */
  get activeCount() {
    let count = 0;
    for (const { active, element } of this.#departments.values()) if (!element.hidden) count += active;
    return count;
  }

  get onlyActive() {
    return this.#sieve.isOn;
  }

  /** Shows nobody but those; with false, everybody where they were. */
  set onlyActive(on) {
    const board = this.#root.closest("[data-scrolls]");
    if (on) this.#topBefore = board.scrollTop;
    this.#sieve.isOn = on;
    for (const { grid, order } of this.#departments.values()) grid.keys = this.#sieve.pass(order, []);
    this.#showTiles();
    board.scrollTop = on ? 0 : this.#topBefore;
    this.#showTiles();
  }

  /**
   * The keys of MOVES among the tiles: arrows left and right by order, up and down by place; Home and End within the
   * department, Page Up and Page Down to the beginning of this or of another one. Returns the tile to go to, or
   * undefined.
   */
  neighbour(tile, move) {
    const grids = this.#visible()
      .map((department) => department.grid)
      .filter((grid) => grid.keys.length > 0);
    const at = grids.findIndex((grid) => grid.placeOf(tile.row.key) !== undefined);
    if (at < 0) return undefined;
    const { columns } = measure(grids[at].element);
    const [grid, place] = nextPlace(grids, at, grids[at].placeOf(tile.row.key), move, columns);
    return grid === undefined ? undefined : grid.bring(grid.keys[place]);
  }

  /** The departments, in the order of the board: `{group, name, load}`. */
  get departments() {
    return [...this.#departments.values()].sort(byGroup);
  }

  /**
   * Brings a department to the top; where one is shown alone, it takes that place. Returns its first tile, or undefined
   * when it has none.
   */
  goTo(group) {
    if (this.#shown !== ALL) this.#show(group);
    const { element, grid } = this.#department(group);
    element.scrollIntoView();
    return grid.keys.length > 0 ? grid.bring(grid.keys[0]) : undefined;
  }

  #visible() {
    return [...this.#departments.values()].filter(({ element }) => !element.hidden).sort(byGroup);
  }

  #onExtensions(changes) {
    this.#newsAt = document.timeline.currentTime;
    const unsorted = new Set();
    const uncounted = new Set();
    for (const [key, row] of changes) {
      const before = this.#rows.get(key);
      if (before !== undefined) {
        const department = this.#department(before.group);
        department.count(before.state, -1);
        uncounted.add(department);
        if (before.group !== row?.group) {
          this.#mark(key, department, false);
          department.keys.delete(key);
          unsorted.add(department);
        }
      }
      if (row === undefined) {
        this.#rows.delete(key);
        continue;
      }
      const department = this.#department(row.group);
      if (before === undefined || ["group", "name", "number"].some((field) => before[field] !== row[field]))
        unsorted.add(department);
      department.keys.add(key);
      department.count(row.state, 1);
      uncounted.add(department);
      this.#rows.set(key, row);
      this.#mark(key, department, this.#isActive(row));
      this.#redraw(key);
    }
    for (const department of unsorted) this.#sort(department);
    if (unsorted.size > 0) this.#arrangeDepartments();
    for (const department of uncounted) department.drawCounts();
    this.#siftMarked();
  }

  #isActive(row) {
    return BUSY.has(row.state) || row.camped?.length > 0 || this.#asked.has(row.key);
  }

  #mark(key, department, isActive) {
    if (!this.#sieve.put(key, isActive)) return;
    department.active += isActive ? 1 : -1;
    this.#unsifted.add(department);
  }

  #siftMarked() {
    if (this.#unsifted.size === 0) return;
    if (this.#sieve.isOn) this.#sift(this.#unsifted);
    this.#unsifted.clear();
    this.counted();
  }

  #sift(departments) {
    for (const { grid, order } of departments) grid.keys = this.#sieve.pass(order, grid.keys);
    this.#showTiles();
  }

  #redraw(key) {
    const tile = this.tile(key);
    if (tile !== undefined) this.#draw(tile, this.#rows.get(key));
  }

  #make(key) {
    const tile = this.#spare.take() ?? new ExtensionTile();
    tile.tabIndex = -1;
    tile.dataset.dropZone = "extension";
    return this.#draw(tile, this.#rows.get(key));
  }

  #draw(tile, row) {
    tile.show(row, {
      mailbox: this.#store.get("mailbox", row.mailbox),
      own: row.key === this.#own,
      recording: this.#recordings.get(row.key) ?? "",
      listeners: this.#listeners.get(row.key) ?? [],
    });
    return tile;
  }

  #gridOf(key) {
    const row = this.#rows.get(key);
    return row === undefined ? undefined : this.#department(row.group).grid;
  }

  #onMailboxes(changes) {
    for (const [key, mailbox] of changes) {
      const row = this.#store.get("extension", mailbox?.extension ?? key.split("@")[0]);
      if (row?.mailbox === key) this.#redraw(row.key);
    }
  }

  #onListening() {
    const before = this.#listeners;
    this.#listeners = listenersByExtension(this.#store);
    for (const key of new Set([...before.keys(), ...this.#listeners.keys()])) this.#redraw(key);
  }

  /** Whoever sees a phone sees that a call at it is recorded; and callers wait for somebody. */
  #onCalls() {
    this.#markAsked();
    const before = this.#recordings;
    this.#recordings = new Map();
    for (const call of this.#store.rows("call").values())
      for (const party of call.recording ? call.parties : []) this.#recordings.set(party.extension, call.recording);
    for (const key of new Set([...before.keys(), ...this.#recordings.keys()]))
      if (before.get(key) !== this.#recordings.get(key)) this.#redraw(key);
  }

  #markAsked() {
    const before = this.#asked;
    this.#asked = askedFor(this.#store);
    for (const key of new Set([...before, ...this.#asked])) {
      const row = this.#rows.get(key);
      if (row !== undefined) this.#mark(key, this.#department(row.group), this.#isActive(row));
    }
    this.#siftMarked();
  }

  #department(group) {
    let department = this.#departments.get(group);
    if (department === undefined) {
      const make = (key) => this.#make(key);
      department = new Department(group, { make, spare: this.#spare, choose: () => this.#show(group) });
      this.#departments.set(group, department);
    }
    return department;
  }

  #show(group) {
    this.#shown = group;
    setPreference("department", group);
    this.#root.closest("[data-scrolls]").scrollTop = 0;
    this.#arrangeDepartments();
  }

  #sort(department) {
    const by = this.#order === "name" ? (row) => row.name || row.number : (row) => row.number;
    const rows = [...department.keys].map((key) => this.#rows.get(key));
    rows.sort((a, b) => compare(by(a), by(b)) || compare(a.key, b.key));
    department.order = rows.map((row) => row.key);
    department.grid.keys = this.#sieve.pass(department.order, department.grid.keys);
  }

  #arrangeDepartments() {
    for (const [group, { keys }] of this.#departments) if (keys.size === 0) this.#departments.delete(group);
    const { departments } = this;
    if (!this.#departments.has(this.#shown)) this.#shown = ALL;
    for (const { element, group } of departments) setHidden(element, this.#shown !== ALL && group !== this.#shown);
    const tabs = [this.#allTab, ...departments.map((department) => department.tab)];
    for (const each of tabs) setAttr(each, "aria-pressed", "false");
    setAttr(this.#shown === ALL ? this.#allTab : this.#departments.get(this.#shown).tab, "aria-pressed", "true");
    // One nameless department needs no name and no choice.
    const plain = departments.length < 2;
    setHidden(this.#tabs, plain);
    setAttr(this.#root, "data-plain", plain && this.#departments.has("") ? "" : null);
    arrange(this.#tabs, tabs);
    arrange(
      this.#root,
      departments.map((department) => department.element),
    );
    this.counted();
    this.#showTiles();
  }

  #showSoon() {
    if (this.#rows.size <= MOST_IN_PAGE || this.#frame !== 0) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#showTiles();
    });
  }

  /** Is this a frame in which rows are drawn anew, or about to be? It need not prepare what nobody sees, too. */
  get #hasNews() {
    return this.#store.isDue || this.#newsAt === document.timeline.currentTime;
  }

  /** Has the tiles in the page that ought to be there. First all room is taken, then all places are asked for. */
  #showTiles() {
    const visible = this.#visible();
    if (this.#rows.size <= MOST_IN_PAGE) {
      for (const { grid } of this.#departments.values()) grid.showAll();
    } else if (visible.length > 0) {
      const { columns, pitch } = measure(visible[0].grid.element);
      for (const { grid } of visible) grid.reserve(columns);
      const tops = visible.map(({ grid }) => grid.element.getBoundingClientRect().top);
      const sight = Math.ceil(innerHeight / pitch) + 1;
      const around = { more: sight / 3, isBusy: this.#hasNews };
      let isDone = true;
      for (const [at, { grid }] of visible.entries()) {
        const first = Math.floor(-tops[at] / pitch);
        isDone = grid.show(first, first + sight, around) && isDone;
      }
      if (!isDone) this.#showSoon();
      for (const { grid, element } of this.#departments.values()) if (element.hidden) grid.clear();
    }
    this.#keepFocusable();
  }

  /** Of all tiles one is in the order of the Tab key; arrows go on from there (see gestures.js). */
  #keepFocusable() {
    if (this.#root.querySelector('cb-extension[tabindex="0"]') === null)
      this.#root.querySelector(".department:not([hidden]) cb-extension")?.setAttribute("tabindex", "0");
  }
}

/**
 * How many tiles stand side by side in a grid, and from the top of one row to that of the next, in pixels. The columns
 * that the browser names would count those that tiles of a wider board still stand in.
 */
function measure(grid) {
  const style = getComputedStyle(grid);
  const gap = parseFloat(style.columnGap);
  const least = parseFloat(style.getPropertyValue("--tile-width"));
  return {
    columns: Math.max(1, Math.floor((grid.clientWidth + gap) / (least + gap))),
    pitch: parseFloat(style.gridAutoRows) + parseFloat(style.rowGap),
  };
}

/** The keys that lead from one tile to another. */
export const MOVES = new Set("ArrowLeft ArrowRight ArrowUp ArrowDown Home End PageUp PageDown".split(" "));

/** Where a key leads from place `at` in grid `from`: the grid and the place there; nothing at the end of all. */
function nextPlace(grids, from, at, move, columns) {
  const size = grids[from].keys.length;
  if (move === "Home") return startOf(grids[from]);
  if (move === "End") return endOf(grids[from]);
  if (move === "PageUp") return startOf(at > 0 ? grids[from] : grids[from - 1]);
  if (move === "PageDown") return startOf(grids[from + 1]);
  if (move === "ArrowLeft") return at > 0 ? [grids[from], at - 1] : endOf(grids[from - 1]);
  if (move === "ArrowRight") return at + 1 < size ? [grids[from], at + 1] : startOf(grids[from + 1]);
  const column = at % columns;
  const down = move === "ArrowDown";
  const row = Math.floor(at / columns) + (down ? 1 : -1);
  if (row >= 0 && row * columns < size) return [grids[from], Math.min(row * columns + column, size - 1)];
  const next = grids[from + (down ? 1 : -1)];
  if (next === undefined) return [];
  const first = down ? 0 : Math.floor((next.keys.length - 1) / columns) * columns;
  return [next, Math.min(first + column, next.keys.length - 1)];
}

const startOf = (grid) => (grid === undefined ? [] : [grid, 0]);
const endOf = (grid) => (grid === undefined ? [] : [grid, grid.keys.length - 1]);
