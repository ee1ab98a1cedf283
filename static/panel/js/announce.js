// Tells screen readers what happens, one sentence at a time and at most one in two seconds: a voice that never stops
// is no help.

const PAUSE_MILLISECONDS = 2_000;
const MOST_WAITING = 3;

export class Announcer {
  #region;
  #waiting = [];
  #timer = 0;

  /** `region` is an element with aria-live="polite". */
  constructor(region) {
    this.#region = region;
  }

  say(sentence) {
    this.#waiting.push(sentence);
    // Of a flood the newest matter.
    this.#waiting.splice(0, this.#waiting.length - MOST_WAITING);
    if (this.#timer === 0) this.#next();
  }

  #next() {
    const sentence = this.#waiting.shift();
    this.#timer = 0;
    if (sentence === undefined) return;
    this.#region.textContent = sentence;
    this.#timer = setTimeout(() => this.#next(), PAUSE_MILLISECONDS);
  }
}
