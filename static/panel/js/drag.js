// Dragging a call with mouse, pen or finger (Pointer Events). The whole tile is the target, and so are the parking
// area and "my calls".
//
// Sources carry `data-drag-call` (and `data-drag-caller`, `data-drag-parked` or `data-drag-party`), targets
// `data-drop-zone` with the key of what they are. A finger drags sideways; up and down scrolls as it always does
// (`touch-action: pan-y` on the sources).

const THRESHOLD_PIXELS = 6;
const EDGE_PIXELS = 48;
const SCROLL_PIXELS = 14;

export class Drag {
  #drop;
  #begun;
  #over;
  #press = null; // { source, item, x, y, pointer } from the press to the release
  #ghost = null;
  #target = null;
  #scroll = 0;

  /**
   * `drop(item, target)` is called for a release over a target that takes the item, `begun(item)` when a drag begins,
   * `over(element, item)` when it is over another target, or over none (null), and `over(null)` at the end.
   */
  constructor(root, { drop, begun = () => {}, over = () => {} }) {
    this.#drop = drop;
    this.#begun = begun;
    this.#over = over;
    root.addEventListener("pointerdown", (event) => this.#onDown(event));
    root.addEventListener("pointermove", (event) => this.#onMove(event));
    root.addEventListener("pointerup", (event) => this.#onUp(event));
    root.addEventListener("pointercancel", () => this.cancel());
    // A drag that ends over a button is no click on it.
    root.addEventListener("click", (event) => this.#swallow(event), true);
  }

  /** Ends a drag without dropping; returns whether there was one. */
  cancel() {
    const dragging = this.#ghost !== null;
    this.#ghost?.remove();
    cancelAnimationFrame(this.#scroll);
    this.#ghost = this.#press = null;
    this.#light(null);
    this.#scroll = 0;
    delete document.documentElement.dataset.dragging;
    return dragging;
  }

  #onDown(event) {
    if (event.button !== 0 || !event.isPrimary || event.altKey) return;
    const source = event.target.closest("[data-drag-call]");
    if (source === null || event.target.closest("input") !== null) return;
    const { dragCall: call, dragCaller: caller, dragParked: parked, dragParty: party } = source.dataset;
    this.#press = {
      source,
      item: { call, caller, parked, party },
      x: event.clientX,
      y: event.clientY,
      pointer: event.pointerId,
    };
  }

  #onMove(event) {
    if (this.#press === null || event.pointerId !== this.#press.pointer) return;
    if (this.#ghost === null) {
      const far = Math.hypot(event.clientX - this.#press.x, event.clientY - this.#press.y) >= THRESHOLD_PIXELS;
      if (!far) return;
      this.#begin(event);
    }
    event.preventDefault();
    this.#ghost.style.translate = `${event.clientX + 12}px ${event.clientY + 8}px`;
    this.#light(this.#targetAt(event.clientX, event.clientY));
    this.#scrollAt(event.clientX, event.clientY);
  }

  #begin(event) {
    const { source, item } = this.#press;
    source.setPointerCapture(event.pointerId);
    getSelection()?.removeAllRanges();
    this.#ghost = document.createElement("div");
    this.#ghost.className = "drag-ghost";
    this.#ghost.textContent = source.dataset.dragLabel ?? "";
    document.body.append(this.#ghost);
    document.documentElement.dataset.dragging = formOf(item);
    this.#begun(item);
  }

  #onUp(event) {
    if (this.#press === null || event.pointerId !== this.#press.pointer) return;
    const { item } = this.#press;
    const target = this.#ghost === null ? null : this.#targetAt(event.clientX, event.clientY);
    const dragged = this.cancel();
    this.endedAt = dragged ? event.timeStamp : -Infinity;
    if (target === null) return;
    const { zone, key } = targetOf(target); // as it is now: a moment later the tile may show somebody else
    // Afterwards: what a drop opens must not be closed again by the release that dropped.
    setTimeout(() => this.#drop(item, { zone, key }));
  }

  endedAt = -Infinity;

  #swallow(event) {
    if (event.timeStamp - this.endedAt > 50) return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * The target under the pointer, if it takes what is dragged: my own call is not taken by me, a parked one not
   * parked again, a held one not held again.
   */
  #targetAt(x, y) {
    const target = document.elementFromPoint(x, y)?.closest("[data-drop-zone]") ?? null;
    const refused = REFUSED[formOf(this.#press.item)] ?? [];
    return refused.includes(target?.dataset.dropZone) ? null : target;
  }

  #light(target) {
    if (target === this.#target) return;
    this.#target?.removeAttribute("data-drop");
    target?.setAttribute("data-drop", "");
    this.#target = target;
    this.#over(target, this.#press?.item);
  }

  /** Near the upper or the lower edge of a list the list moves. */
  #scrollAt(x, y) {
    cancelAnimationFrame(this.#scroll);
    const list = document.elementFromPoint(x, y)?.closest("[data-scrolls]");
    if (!list) return;
    const { top, bottom } = list.getBoundingClientRect();
    const step = y < top + EDGE_PIXELS ? -SCROLL_PIXELS : y > bottom - EDGE_PIXELS ? SCROLL_PIXELS : 0;
    if (step === 0) return;
    list.scrollTop += step;
    this.#scroll = requestAnimationFrame(() => this.#ghost !== null && this.#scrollAt(x, y));
  }
}

const REFUSED = { call: ["mine"], parked: ["parking"], held: ["holding"], caller: [] };

const formOf = ({ caller, parked, party }) => (caller ? "caller" : parked ? "parked" : party ? "held" : "call");

const targetOf = ({ dataset }) => ({
  zone: dataset.dropZone,
  key: dataset.extension ?? dataset.queue ?? dataset.conference ?? dataset.agent,
});
