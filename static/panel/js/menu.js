// The menus of the rows: the right mouse button, the key for menus, and the "…" that appears in the row at which the
// mouse or the focus is. What is in a menu is in menu-entries.js.

import { h, icon, setAttr } from "./dom.js";
import "./elements/menu.js";
import { gettext, interpolate } from "./i18n.js";
import { menuOf } from "./menu-entries.js";

const ROWS = "cb-extension, cb-call, cb-consult, cb-caller, cb-held, cb-parked, cb-result";
const CARDS = "cb-call, cb-consult";
const IN_HAND = ".mine cb-consult, .mine cb-call[data-in-hand], .mine cb-call";

export class Menus {
  #board;
  #search;
  #element;
  #root;
  #dots = h("button", { type: "button", class: "button quiet dots", "aria-haspopup": "menu" }, icon("icon-dots"));
  #row; // the row that the open menu is about
  #inHand; // the call in hand when it was opened
  #content;

  /** `board` is as in menu-entries.js; `element` the `<cb-menu>`, `search` the pane and `field` its field. */
  constructor({ element, search, field, ...board }) {
    const { root } = board;
    this.#board = board;
    this.#search = search;
    this.#element = element;
    this.#root = root;
    root.addEventListener("contextmenu", (event) => this.#onContextMenu(event));
    field.addEventListener("contextmenu", (event) => isByKey(event) && this.openMeant() && event.preventDefault());
    for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, (event) => this.#offer(event.target));
    this.#dots.addEventListener("click", () => this.#onDots());
    element.addEventListener("cb-choose", (event) => this.#run(event.detail.id));
    for (const kind of ["call", "extension", "caller", "parked", "queue", "conference", "pbx"])
      board.store.watch(kind, () => this.#refresh());
  }

  /** Opens the menu of the row that a key means. Returns whether there is one. */
  openMeant() {
    const row = this.#meant;
    return row !== null && this.#openFor(row);
  }

  /** The focused row, else the chosen result, the selected waiting call, the call in hand. */
  get #meant() {
    return (
      document.activeElement.closest(ROWS) ??
      (this.#search.isOpen ? (this.#search.anchor ?? null) : null) ??
      this.#root.querySelector("[data-selected]") ??
      this.#root.querySelector(IN_HAND)
    );
  }

  #openFor(row, point) {
    const content = menuOf(row, this.#board);
    if (content === undefined) return false;
    this.#board.gestures.arm(false);
    this.#row = row;
    this.#inHand = this.#board.actions.inHand?.key;
    this.#content = content;
    this.#element.open(content, row, { point, opener: this.#dots });
    return true;
  }

  #onDots() {
    if (this.#element.isOpen) this.#element.close();
    else this.#openFor(this.#dots.closest(ROWS));
  }

  /** What it is about is gone, or another call is in hand than it was opened for: then it closes. */
  #refresh() {
    if (!this.#element.isOpen) return;
    const content = this.#row.isConnected ? menuOf(this.#row, this.#board) : undefined;
    if (content === undefined || this.#board.actions.inHand?.key !== this.#inHand) return this.#element.close();
    this.#content = content;
    this.#element.update(content);
  }

  #run(id) {
    const all = this.#content.sections.flatMap(({ entries }) => entries);
    [...all, ...all.flatMap(({ entries }) => entries ?? [])].find((entry) => entry.id === id).run();
  }

  #onContextMenu(event) {
    const row = event.target.closest(ROWS);
    if (row === null || event.target.closest("input") !== null) return; // who writes wants the browser's own
    const point = isByKey(event) ? undefined : { x: event.clientX, y: event.clientY };
    if (this.#openFor(row, point)) event.preventDefault();
  }

  /** One button for all rows: thousands of tiles need no button each. */
  #offer(target) {
    const row = target.closest(ROWS);
    const isBusy = this.#element.isOpen || document.activeElement === this.#dots;
    if (row === null || row.localName === "cb-result" || isBusy || this.#dots.closest(ROWS) === row) return;
    const name = row.querySelector(".name")?.textContent ?? "";
    setAttr(this.#dots, "aria-label", interpolate(gettext("What can be done: %(who)s"), { who: name }));
    (row.matches(CARDS) ? row : row.querySelector(":scope > .actions")).append(this.#dots);
  }
}

/** The key for menus, and neither a button of the mouse (with Ctrl on a Mac) nor a long press. */
const isByKey = ({ button, ctrlKey, pointerType }) =>
  button !== 2 && !ctrlKey && pointerType !== "touch" && pointerType !== "pen";
