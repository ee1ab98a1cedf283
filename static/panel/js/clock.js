// The server's clock, and the one tick a second that moves every timer on the page. While the picture is not live the
// clock is held at the moment of the last truth: a timer that runs on would say that a call goes on which nobody can
// vouch for.

import { duration } from "./format.js";
import { setAttr, setText } from "./dom.js";

const TICK_MILLISECONDS = 1000;

class Clock {
  #offset = 0;
  #heldAt = null;
  #timers = new Set();
  #visible = new Set();
  #seen = new IntersectionObserver((entries) => this.#onSeen(entries), { rootMargin: "100px" });

  constructor() {
    setInterval(() => this.tick(), TICK_MILLISECONDS);
    document.addEventListener("visibilitychange", () => this.tick());
  }

  /** Milliseconds since the epoch by the server's clock. */
  serverNow() {
    return Date.now() + this.#offset;
  }

  /** The moment that the page shows: now, or the moment of the last truth. */
  now() {
    return this.#heldAt ?? this.serverNow();
  }

  /** The server says that it is `at` (a UTC string). */
  set(at) {
    const server = Date.parse(at);
    if (Number.isFinite(server)) this.#offset = server - Date.now();
  }

  /** Stops the timers at `milliseconds`, or with null lets them run. */
  hold(milliseconds) {
    if (this.#heldAt === milliseconds) return;
    this.#heldAt = milliseconds;
    this.tick();
  }

  add(timer) {
    this.#timers.add(timer);
    this.#seen.observe(timer);
  }

  remove(timer) {
    this.#timers.delete(timer);
    this.#visible.delete(timer);
    this.#seen.unobserve(timer);
  }

  tick() {
    if (document.hidden) return;
    for (const timer of this.#visible) timer.draw();
  }

  #onSeen(entries) {
    for (const { target, isIntersecting } of entries) {
      if (!isIntersecting) this.#visible.delete(target);
      else if (this.#timers.has(target)) {
        this.#visible.add(target);
        target.draw();
      }
    }
  }
}

export const clock = new Clock();

/**
 * `<cb-timer>`: the time since `since` (a UTC string), ticking. `data-age` is 0, 1 or 2 as the limits of `ages`
 * (seconds) are passed.
 */
export class Timer extends HTMLElement {
  #since = null;
  #at = 0;
  ages = [];

  get since() {
    return this.#since;
  }

  set since(at) {
    const value = at || null;
    if (value === this.#since) return;
    this.#since = value;
    this.#at = value === null ? 0 : Date.parse(value);
    if (value === null) clock.remove(this);
    else if (this.isConnected) clock.add(this);
    this.draw();
  }

  connectedCallback() {
    if (this.#since !== null) clock.add(this); // watching one that shows nothing would cost as much
    this.draw();
  }

  disconnectedCallback() {
    clock.remove(this);
  }

  draw() {
    if (this.#since === null) return setText(this, "");
    const seconds = (clock.now() - this.#at) / 1000;
    setText(this, duration(seconds));
    const age = this.ages.filter((limit) => seconds >= limit).length;
    setAttr(this, "data-age", this.ages.length > 0 ? age : null);
  }
}

customElements.define("cb-timer", Timer);
