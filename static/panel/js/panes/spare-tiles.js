// Tiles that have left the page and may show somebody else: making one costs more than filling it anew, and what is
// thrown away while somebody scrolls fills the browser's memory. Used by people.js and tile-grid.js.

/** As many as a large screen and what is kept around it hold: then a jump to another end of the board makes none. */
const MOST = 300;

export class SpareTiles {
  #tiles = [];
  #known = new WeakSet();

  /** `root` holds the tiles. */
  constructor(root) {
    for (const type of ["focusin", "pointerover"])
      root.addEventListener(type, ({ target }) => this.#known.add(target.closest("cb-extension") ?? target));
  }

  /**
   * Takes a tile out of the page. One that the focus, the mouse or a call that is dragged has been on stays what it is:
   * a menu, a form or the focus that comes back may still mean whom it showed.
   */
  put(tile) {
    tile.remove();
    if (this.#known.has(tile) || tile.hasAttribute("data-drop") || this.#tiles.length >= MOST) return;
    this.#tiles.push(tile);
  }

  /** A tile that is to be filled; undefined when there is none. */
  take() {
    return this.#tiles.pop();
  }
}
