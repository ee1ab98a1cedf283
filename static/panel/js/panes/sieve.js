// The filter of the people: only who is busy, ringing or asked for. Nobody slips away under the hand: while it is among
// the tiles, whoever has become free stays where they are, and whoever comes stands behind the others of the
// department; once it rests, all have their usual order again.
//
// Used by people.js, which says who is meant.

/** So long after the last key or the last move of the mouse a hand rests. */
const REST_MILLISECONDS = 2_000;

const LOOK_MILLISECONDS = 250;

const page = document.documentElement;

export class Sieve {
  isOn = false;
  #active = new Set();
  #renew;
  #handAt = -Infinity;
  #timer = 0;

  /** `root` holds the tiles; `renew()` is called when the hand rests and somebody may be elsewhere than usual. */
  constructor(root, renew) {
    this.#renew = renew;
    for (const type of ["pointermove", "pointerdown", "keydown", "focusin"])
      root.addEventListener(type, () => (this.#handAt = performance.now()), { passive: true });
    root.addEventListener("focusout", () => this.isOn && this.#renewLater());
  }

  /** Somebody is one of those who are meant, or not. Returns whether that is new. */
  put(key, isActive) {
    if (isActive === this.#active.has(key)) return false;
    if (isActive) this.#active.add(key);
    else this.#active.delete(key);
    return true;
  }

  /**
   * Those of `order` who are shown, in their order on the board; `before` are those who were there until now. Whoever
   * has the focus is always one of them.
   */
  pass(order, before) {
    if (!this.isOn) return order;
    const focused = document.activeElement?.closest("cb-extension")?.row.key;
    const isMeant = (key) => this.#active.has(key) || key === focused;
    if (!this.#isHandThere) return order.filter(isMeant);
    this.#renewLater();
    const all = new Set(order);
    const staying = new Set(before.filter((key) => all.has(key)));
    return [...staying, ...order.filter((key) => isMeant(key) && !staying.has(key))];
  }

  /** A call that is dragged, or about to be sent by a click, is in the hand, too. */
  get #isHandThere() {
    const isCarrying = page.hasAttribute("data-dragging") || page.hasAttribute("data-arming");
    return isCarrying || performance.now() - this.#handAt < REST_MILLISECONDS;
  }

  #renewLater() {
    if (this.#timer !== 0) return;
    this.#timer = setTimeout(() => {
      this.#timer = 0;
      if (!this.isOn) return;
      if (this.#isHandThere) this.#renewLater();
      else this.#renew();
    }, LOOK_MILLISECONDS);
  }
}
