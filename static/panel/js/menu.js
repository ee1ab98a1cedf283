// The menus of the rows: the right mouse button, the key for menus, and the "…" that appears in the row at which the
// mouse or the focus is. What is in a menu is in menu-entries.js and, for the page of the queues, in steering.js.

import { h, icon, setAttr } from "./dom.js";
import "./elements/menu.js";
import { gettext, interpolate } from "./i18n.js";

const CARDS = "cb-call, cb-consult";
const NO_DOTS = "cb-result"; // the mouse is on the way to another key, or to a click

export class Menus {
  #element;
  #rows;
  #menuOf;
  #meant;
  #opening;
  #depends;
  #dots = h("button", { type: "button", class: "button quiet dots", "aria-haspopup": "menu" }, icon("icon-dots"));
  #row; // the row that the open menu is about
  #dependsOn;
  #content;

  /**
   * `element` is the `<cb-menu>`, `root` holds the rows, `rows` is their selector. `menuOf(row)` gives what can be done
   * about one, or about a button with a menu of its own (see menu-entry.js), `meant()` the row that a key means, or null.
   * `opening()` is called before a menu opens, and it closes when `depends()` gives another value than then.
   */
  constructor({ store, element, root, rows, menuOf, meant, opening = () => {}, depends = () => {} }) {
    this.#element = element;
    this.#rows = rows;
    this.#menuOf = menuOf;
    this.#meant = meant;
    this.#opening = opening;
    this.#depends = depends;
    root.addEventListener("contextmenu", (event) => this.#onContextMenu(event));
    root.addEventListener("focusin", (event) => this.#offer(event.target));
    root.addEventListener("pointerover", (event) => this.#offer(event.target, true));
    this.#dots.addEventListener("click", () => this.#onDots());
    element.addEventListener("cb-choose", (event) => this.#run(event.detail.id));
    for (const kind of ["call", "extension", "caller", "parked", "queue", "member", "conference", "pbx", "listening"])
      store.watch(kind, () => this.#refresh());
  }

  /** Opens the menu of the row that a key means. Returns whether there is one. */
  openMeant() {
    const row = document.activeElement.closest(this.#rows) ?? this.#meant();
    return row !== null && this.#openFor(row);
  }

  /** Opens the menu of a button that has one of its own, or closes it. */
  toggle(button) {
    if (this.#element.isOpen) this.#element.close();
    else this.#open(this.#menuOf(button), button, { opener: button });
  }

  #openFor(row, point) {
    const content = this.#menuOf(row);
    if (content === undefined) return false;
    this.#opening();
    this.#open(content, row, { point, opener: this.#dots });
    return true;
  }

  #open(content, row, { point, opener }) {
    this.#row = row;
    this.#dependsOn = this.#depends();
    this.#content = content;
    this.#element.open(content, row, { point, opener });
  }

  #onDots() {
    if (this.#element.isOpen) this.#element.close();
    else this.#openFor(this.#dots.closest(this.#rows));
  }

  /** What it is about is gone, or what it depends on is another: then it closes. */
  #refresh() {
    if (!this.#element.isOpen) return;
    const content = this.#row.isConnected ? this.#menuOf(this.#row) : undefined;
    if (content === undefined || this.#depends() !== this.#dependsOn) return this.#element.close();
    this.#content = content;
    this.#element.update(content);
  }

  #run(id) {
    const all = this.#content.sections.flatMap(({ entries }) => entries);
    [...all, ...all.flatMap(({ entries }) => entries ?? [])].find((entry) => entry.id === id).run();
  }

  #onContextMenu(event) {
    const row = event.target.closest(this.#rows);
    if (row === null || event.target.closest("input") !== null) return; // who writes wants the browser's own
    const point = isByKey(event) ? undefined : { x: event.clientX, y: event.clientY };
    if (this.#openFor(row, point)) event.preventDefault();
  }

  /** One button for all rows: thousands of tiles need no button each. */
  #offer(target, byMouse = false) {
    const row = target.closest(this.#rows);
    const at = this.#dots.closest(this.#rows);
    if (row === null || row.matches(NO_DOTS) || this.#element.isOpen || at === row) return;
    if (this.#menuOf(row) === undefined) return; // no button is silent
    if (document.activeElement === this.#dots) {
      if (!byMouse || !at.hasAttribute("tabindex")) return;
      at.focus(); // the button goes with the mouse, the focus stays
    }
    const name = row.querySelector(".name")?.textContent ?? "";
    setAttr(this.#dots, "aria-label", interpolate(gettext("What can be done: %(who)s"), { who: name }));
    (row.matches(CARDS) ? row : row.querySelector(".actions")).append(this.#dots);
  }
}

/** Of an event `contextmenu`: the key for menus, and neither a button of the mouse (with Ctrl on a Mac) nor a long press. */
export const isByKey = ({ button, ctrlKey, pointerType }) =>
  button !== 2 && !ctrlKey && pointerType !== "touch" && pointerType !== "pen";
