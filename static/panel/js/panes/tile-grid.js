// The tiles of one department, in rows. Of a large board only the rows in sight, and some above and below them, are in
// the page: a browser that has to look after thousands of tiles is late with every letter that is typed. Each tile has
// its place all the same, so nothing moves when it comes or goes, and says to screen readers which of how many it is.
//
// Used by people.js, which says what is in sight.

import { arrange, h, setAttr } from "../dom.js";

export class TileGrid {
  element = h("div", { class: "tiles", role: "list" });
  #make;
  #spare;
  #keys = [];
  #places = new Map();
  #tiles = new Map();
  #columns = 0;
  #first = 0;
  #last = 0;
  #isOld = false; // what is in the page is of an earlier order, or of rows of another length

  /**
   * `make(key)` gives the tile of an extension, drawn; `spare` takes those that leave the page; `name` is what the list
   * of them is called.
   */
  constructor({ make, spare, name }) {
    this.#make = make;
    this.#spare = spare;
    setAttr(this.element, "aria-label", name);
  }

  get keys() {
    return this.#keys;
  }

  /** All that belong here, in order. `show` has to follow. */
  set keys(keys) {
    this.#keys = keys;
    this.#places = new Map(keys.map((key, at) => [key, at]));
    this.#isOld = true;
  }

  /** The place of an extension in the order; undefined when it is not here. */
  placeOf(key) {
    return this.#places.get(key);
  }

  /** The tile of an extension if it is in the page. */
  tile(key) {
    return this.#tiles.get(key);
  }

  /** Every tile is in the page, and the style sheet lays them out. */
  showAll() {
    if (this.#columns === 0 && !this.#isOld) return;
    this.#isOld = true;
    this.#columns = 0;
    setAttr(this.element, "data-windowed", null);
    this.#fill(0, this.#keys.length);
  }

  /** Takes the room for all tiles in rows of `columns`, before anybody asks where it begins. */
  reserve(columns) {
    this.#isOld ||= columns !== this.#columns;
    if (!this.#isOld) return;
    this.#columns = columns;
    setAttr(this.element, "data-windowed", "");
    this.element.style.setProperty("--rows", String(Math.ceil(this.#keys.length / columns)));
  }

  /**
   * Has the rows from `first` to before `last` in the page, which are those in sight, and up to `more` on either side:
   * whoever scrolls has tiles before the next look. Half of these at once; the others row by row, so that no frame has
   * much to do, and while `isBusy` none. Returns whether all are there.
   */
  show(first, last, { more, isBusy }) {
    const [from, to] = this.#range(first - more / 2, last + more / 2);
    const [least, most] = this.#range(first - more, last + more);
    const isNear = this.#first < to && from < this.#last;
    const isEnough = from === to || (this.#first <= from && to <= this.#last);
    if (isBusy && isEnough && !this.#isOld) return false;
    const begin = Math.min(from, Math.max(least, (isNear ? this.#first : from) - this.#columns));
    const end = Math.max(to, Math.min(most, (isNear ? this.#last : to) + this.#columns));
    if (this.#isOld || begin !== this.#first || end !== this.#last) this.#fill(begin, end);
    return begin === least && end === most;
  }

  /** Nothing of it is in the page. */
  clear() {
    if (this.#tiles.size > 0) this.#fill(0, 0);
  }

  /** The tile of an extension that is here; it comes into the page if it is not there yet. */
  bring(key) {
    if (!this.#tiles.has(key)) this.#fill(this.#first, this.#last, key);
    return this.#tiles.get(key);
  }

  #range(first, last) {
    const place = (row) => Math.max(0, Math.min(this.#keys.length, Math.floor(row) * this.#columns));
    return [place(first), place(last)];
  }

  #fill(first, last, also = this.#focused) {
    const isOld = this.#isOld;
    this.#first = first;
    this.#last = last;
    this.#isOld = false;
    const keys = this.#keys.slice(first, last);
    const at = this.#places.get(also);
    if (at < first) keys.unshift(also);
    else if (at >= last) keys.push(also);
    const before = this.#tiles;
    const staying = new Set(keys);
    for (const [key, tile] of before) if (!staying.has(key)) this.#spare.put(tile);
    this.#tiles = new Map(keys.map((key) => [key, before.get(key) ?? this.#make(key)]));
    for (const [key, tile] of this.#tiles)
      if (isOld || !before.has(key)) this.#place(tile, this.#places.get(key));
    arrange(this.element, [...this.#tiles.values()]);
  }

  /** Where all are in the page, the style sheet and the browser can tell. */
  #place(tile, at) {
    const isWindowed = this.#columns > 0;
    tile.style.gridArea = isWindowed ? this.#area(at) : "";
    setAttr(tile, "aria-posinset", isWindowed ? at + 1 : null);
    setAttr(tile, "aria-setsize", isWindowed ? this.#keys.length : null);
  }

  #area(at) {
    return `${Math.floor(at / this.#columns) + 1} / ${(at % this.#columns) + 1}`;
  }

  /** Whoever has the focus stays in the page, however far away they are scrolled. */
  get #focused() {
    const tile = document.activeElement?.closest("cb-extension");
    return tile != null && this.element.contains(tile) ? tile.row.key : undefined;
  }
}
