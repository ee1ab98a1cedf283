// The offer to the operator whose caller came back: who could have the call instead, and which of them Enter chooses.
// There is one at a time: of the call in hand, or else of the one that comes back longest.

import { comeback, returningTo } from "./kept.js";
import { nextBest } from "./ways.js";

/** So long after the chosen one has become another, Enter may have meant the one before. */
const STARTLE_MILLISECONDS = 600;

export class Offers {
  /** `{call, back, ways, at}`, or undefined; `at` is -1 after the operator has waved it away. */
  now;
  #store;
  #actions;
  #extension;
  #changedAt = -Infinity;

  constructor({ store, actions, extension }) {
    this.#store = store;
    this.#actions = actions;
    this.#extension = extension;
  }

  /** Looks at the picture again; to be called before the calls are drawn. */
  update() {
    const before = this.now;
    const call = this.#actions.inHand ?? returningTo(this.#store, this.#extension)[0];
    const back = call === undefined ? undefined : comeback(call, this.#extension);
    if (back === undefined) return void (this.now = undefined);
    const ways = nextBest(this.#store, call, back, this.#extension);
    const same = before !== undefined && before.call.key === call.key && before.back.at === back.at;
    const kept = same ? ways.findIndex((way) => way.key === before.ways[before.at]?.key) : -1;
    const at = same && before.at === -1 && before.ways.length > 0 ? -1 : kept >= 0 ? kept : ways.length > 0 ? 0 : -1;
    if (ways[at]?.key !== before?.ways[before.at]?.key || !same) this.#changedAt = performance.now();
    this.now = { call, back, ways, at };
  }

  /** Does Enter send the caller somewhere? */
  get isOpen() {
    return this.now !== undefined && this.now.at >= 0;
  }

  /** Arrow keys: another one of the ways. */
  move(step) {
    const { ways, at } = this.now;
    this.now = { ...this.now, at: (at + step + ways.length) % ways.length };
    this.#changedAt = -Infinity;
  }

  /** Escape: Enter means what it always means. */
  waveAway() {
    this.now = { ...this.now, at: -1 };
  }

  /** The chosen way, or undefined when it has only just come to be the chosen one. */
  take() {
    return performance.now() - this.#changedAt < STARTLE_MILLISECONDS ? undefined : this.now.ways[this.now.at];
  }
}
