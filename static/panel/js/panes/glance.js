// The line under the tiles: what one wants to know of the person at whom the mouse, the focus or a dragged call is.

import { setAttr } from "../dom.js";
import { forwardLine } from "../forwards.js";
import { campers, verbsFor } from "../verbs.js";

export class Glance {
  #store;
  #actions;
  #own;
  #element;
  #key;
  #dragged = null;

  /** `root` holds the tiles; `element` is the `<cb-person>` that shows the person. */
  constructor({ store, actions, own, root, element }) {
    this.#store = store;
    this.#actions = actions;
    this.#own = own;
    this.#element = element;
    root.addEventListener("pointerover", (event) => this.#look(event.target));
    root.addEventListener("focusin", (event) => this.#look(event.target));
    for (const kind of ["extension", "call"]) store.watch(kind, () => this.#draw());
    actions.watch(() => this.#draw());
  }

  /** A call is dragged over this element; null when it is over none, or dropped. */
  drag(element, call) {
    this.#dragged = call ?? null;
    if (element !== null) this.#look(element);
    else this.#draw();
  }

  #look(target) {
    const key = target.closest("cb-extension")?.row.key;
    if (key === undefined) return;
    this.#key = key;
    this.#draw();
  }

  #draw() {
    const row = this.#store.get("extension", this.#key);
    setAttr(this.#element, "data-shown", row === undefined ? null : "");
    if (row === undefined) return;
    const { consult } = this.#actions;
    const inHand = this.#dragged ?? this.#actions.inHand;
    const context = { inHand, consult: this.#dragged === null ? consult : undefined, moves: undefined };
    if (inHand !== undefined) context.moves = this.#actions.whoMoves(inHand);
    this.#element.show(row, {
      camped: campers(this.#store, row),
      forward: forwardLine(this.#store, row, inHand),
      verbs: row.key === this.#own ? [] : verbsFor(this.#store, row, context).slice(0, 1),
    });
  }
}
