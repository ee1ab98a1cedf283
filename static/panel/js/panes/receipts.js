// The line at the bottom: keeps the receipts that are worth showing now, and tells screen readers how things ended.

import { stays } from "../elements/receipts.js";

const SUCCESS_MILLISECONDS = 8_000;
const UNDO_MILLISECONDS = 20_000; // what can be taken back stays until one has thought about it
const ENDED = new Set(["done", "failed", "unknown", "note"]);

export class ReceiptsPane {
  #commands;
  #element;
  #now;
  #say;
  #told = new Map();
  #timer = 0;
  #openedAt;

  /**
   * `element` is the `<cb-receipts>`, `now()` the server's time in milliseconds, `say(sentence)` speaks to screen
   * readers.
   */
  constructor({ commands, element, now, say }) {
    this.#commands = commands;
    this.#element = element;
    this.#now = now;
    this.#say = say;
    this.#openedAt = Date.now();
    element.addEventListener("cb-dismiss", (event) => commands.dismiss(event.detail.key));
    element.addEventListener("cb-undo", (event) => commands.undo(event.detail.key));
  }

  update() {
    const receipts = this.#commands.receipts().filter((receipt) => this.#isWorthShowing(receipt));
    this.#element.show(receipts);
    for (const receipt of receipts) this.#tell(receipt);
    this.#plan(receipts);
  }

  dismissOldest() {
    const oldest = this.#commands.receipts().filter(stays).at(-1);
    if (oldest !== undefined) this.#commands.dismiss(oldest.key);
  }

  /** Takes back the newest of the shown ones that can be. Returns whether there is one. */
  undoNewest() {
    const newest = this.#commands.receipts().find((each) => each.canUndo && this.#isWorthShowing(each));
    if (newest !== undefined) this.#commands.undo(newest.key);
    return newest !== undefined;
  }

  #isWorthShowing(receipt) {
    return stays(receipt) || receipt.endedAt === undefined || this.#now() < endOf(receipt);
  }

  #tell(receipt) {
    if (this.#told.get(receipt.key) === receipt.state) return;
    this.#told.set(receipt.key, receipt.state);
    if (ENDED.has(receipt.state)) this.#say(receipt.text);
  }

  /** Successes leave by themselves. */
  #plan(receipts) {
    clearTimeout(this.#timer);
    const ends = receipts
      .filter((receipt) => receipt.endedAt !== undefined && !stays(receipt))
      .map(endOf);
    if (ends.length === 0) return;
    this.#timer = setTimeout(() => this.update(), Math.max(Math.min(...ends) - this.#now(), 0) + 50);
  }
}

const endOf = ({ endedAt, canUndo }) => endedAt + (canUndo ? UNDO_MILLISECONDS : SUCCESS_MILLISECONDS);
