// The keyboard on the page of the queues: arrows walk over people, queues and those who wait, and the focus is never
// lost when the row that had it goes or changes its place.

import { isDialogOpen, isPopoverOpen } from "./dom.js";

const STOPS = "cb-agent, cb-queue-card .title, cb-caller, cb-member";
const STEPS = { ArrowLeft: -1, ArrowRight: 1 };

export class Walk {
  #root;
  #last = null; // what has, or should have, the focus
  #card = null; // the card in which that was

  /** `root` holds all that can be walked over. */
  constructor(root) {
    this.#root = root;
    root.addEventListener("focusin", ({ target }) => {
      this.#last = target;
      this.#card = target.closest("cb-queue-card");
    });
    root.addEventListener("keydown", (event) => this.#onKey(event));
    // A click elsewhere takes the focus away on purpose.
    document.addEventListener("pointerdown", () => (this.#last = null), true);
  }

  /** To be called when the page has been drawn: gives the focus back. */
  keep() {
    if (this.#last === null || document.activeElement !== document.body) return;
    const title = this.#card?.isConnected ? this.#card.querySelector(".title") : null;
    const place = this.#last.isConnected ? this.#last : (title ?? this.#root.querySelector(STOPS));
    place?.focus({ preventScroll: true });
  }

  #onKey(event) {
    const { key, target } = event;
    if (event.altKey || event.ctrlKey || event.metaKey || event.shiftKey || isDialogOpen() || isPopoverOpen()) return;
    if (!target.matches(STOPS) || !key.startsWith("Arrow")) return;
    const stops = [...this.#root.querySelectorAll(STOPS)].filter((each) => each.checkVisibility());
    const step = STEPS[key];
    const next = step === undefined ? beyond(target, stops, key === "ArrowDown") : stops[stops.indexOf(target) + step];
    event.preventDefault();
    next?.focus();
  }
}

/** The nearest of `stops` in the next line below `from`, or above it. */
function beyond(from, stops, isDown) {
  const at = from.getBoundingClientRect();
  let best;
  let least = Infinity;
  for (const stop of stops) {
    const box = stop.getBoundingClientRect();
    const down = isDown ? box.top - at.bottom : at.top - box.bottom;
    if (stop === from || down < -2) continue;
    const aside = Math.max(box.left - at.right, at.left - box.right, 0) + Math.abs(box.left - at.left) / 100;
    const distance = down + 3 * aside;
    if (distance < least) [best, least] = [stop, distance];
  }
  return best;
}
