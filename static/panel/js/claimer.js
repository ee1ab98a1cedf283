// "I take this": tells the other boards which waiting call the operator is busy with, so that they take another one.
//
// It is said when a call that waits is selected, dragged, or written about, and again while that goes on; what an
// operator merely points at is not claimed, or the mouse that lies still would keep callers from being taken.

const AGAIN_MILLISECONDS = 5_000; // a claim holds for eight seconds

export class Claimer {
  #commands;
  #call = null;
  #at = -Infinity;

  constructor(commands) {
    this.#commands = commands;
  }

  /** The operator does something about the call with this key. */
  claim(call) {
    if (call === this.#call && performance.now() - this.#at < AGAIN_MILLISECONDS) return;
    this.#call = call;
    this.#at = performance.now();
    this.#commands.tell("claim", { call });
  }
}
