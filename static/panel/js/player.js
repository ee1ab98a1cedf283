// Plays the film: keeps the moment that is looked at, and makes the store show it. Knows nothing of the page but the
// store; replay.js asks it to go on and draws.

import { NoFilm } from "./film.js";
import { gettext } from "./i18n.js";

/** A piece is asked for that lasts so long on the screen, and the next one when so much is left. */
const PIECE_SECONDS = 30;
const AHEAD_SECONDS = 10;

/** Of the film; the server gives no longer pieces. */
const SHORTEST_SECONDS = 60;
const LONGEST_SECONDS = 600;

export class Player {
  /** The moment that is wanted, in milliseconds. */
  moment;
  /** The moment that the store shows: another one while the film of the wanted one is on its way. Null: none. */
  shown = null;
  speed = 1;
  isPlaying = false;
  /** The film of the moment, or of what comes after it, is not there yet. */
  isWaiting = true;
  /** Why there is none, as a NoFilm; null while all is well. */
  failure = null;
  /** "begins" or "ends" where the film does: there is none of what was asked for. */
  edge = "";
  #store;
  #film;
  #changed;
  #piece = null;
  #next = 0; // the patch of the piece that comes next
  #askedAfter = null; // the piece whose successor was asked for ahead of time
  #isLoading = false;

  /** `changed()` is called when something of the above has changed. Nothing is asked for before the first `seek`. */
  constructor({ store, film, changed }) {
    this.#store = store;
    this.#film = film;
    this.#changed = changed;
  }

  /** Shows another moment, at once where its piece is there. */
  seek(at) {
    const { earliest, latest } = this.#film;
    this.failure = null;
    this.edge = earliest !== null && at < earliest ? "begins" : latest !== null && at > latest ? "ends" : "";
    this.moment = Math.max(earliest ?? at, Math.min(at, latest ?? at));
    const piece = this.#film.pieceAt(this.moment);
    this.isWaiting = piece === undefined;
    if (piece !== undefined) this.#show(piece);
    else void this.#load();
    this.#changed();
  }

  /** The same once more, after a failure. */
  again() {
    this.seek(this.moment);
  }

  play() {
    this.isPlaying = true;
    this.edge = "";
    if (this.failure !== null) this.again();
    this.#changed();
  }

  pause() {
    this.isPlaying = false;
    this.#changed();
  }

  /** So much time has passed on the screen: goes on by as much film, or waits for what is still on its way. */
  advance(milliseconds) {
    if (!this.isPlaying || this.isWaiting) return;
    const { to } = this.#piece;
    this.moment = Math.min(this.moment + milliseconds * this.speed, to);
    this.#show(this.#piece);
    if (this.moment === to) this.#goOn();
    else if (to - this.moment < AHEAD_SECONDS * 1000 * this.speed) void this.#load();
    this.#changed();
  }

  /** From the end of a piece into the next one. */
  #goOn() {
    const next = this.#film.pieceFrom(this.moment);
    if (next !== undefined) return this.#show(next);
    this.isWaiting = true;
    void this.#load();
  }

  /** Makes the store show the moment, which is in `piece`. */
  #show(piece) {
    const { snapshot, patches } = piece;
    if (piece !== this.#piece || (this.#next > 0 && patches[this.#next - 1][0] > this.moment)) {
      this.#piece = piece;
      this.#next = 0;
      this.#store.apply(snapshot);
    }
    while (this.#next < patches.length && patches[this.#next][0] <= this.moment) {
      const [at, patch] = patches[this.#next];
      if (!this.#store.apply(patch)) return this.#break(piece, at);
      this.#next += 1;
    }
    this.shown = this.moment;
    return undefined;
  }

  /** A patch that does not fit: the film has to begin anew there. */
  #break(piece, at) {
    this.#film.cut(piece, at);
    this.#piece = null;
    this.shown = null;
    if (at <= piece.from) return this.#fail(new NoFilm("broken", gettext("The film is damaged here.")));
    this.isWaiting = true;
    return void this.#load();
  }

  /** Has the film there that is wanted now, or soon. One question is under way at a time. */
  async #load() {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      while ((this.isWaiting && this.failure === null) || this.#isShort) await this.#loadNext();
    } finally {
      this.#isLoading = false;
    }
  }

  /** Has the next piece to be asked for? That is done once; when it is wanted and still not there, once more. */
  get #isShort() {
    if (!this.isPlaying || this.isWaiting || this.#askedAfter === this.#piece) return false;
    const { to } = this.#piece;
    return to - this.moment < AHEAD_SECONDS * 1000 * this.speed && this.#film.pieceFrom(to) === undefined;
  }

  async #loadNext() {
    if (!this.isWaiting) this.#askedAfter = this.#piece;
    const wanted = this.isWaiting ? this.moment : this.#piece.to;
    const seconds = Math.min(LONGEST_SECONDS, Math.max(SHORTEST_SECONDS, this.speed * PIECE_SECONDS));
    const piece = await this.#film.load(wanted, seconds).catch(asFailure);
    if (!this.isWaiting || this.moment !== wanted) return; // ahead of time, or another moment is wanted by now
    if (piece instanceof NoFilm) this.#fail(piece);
    else this.#enter(piece);
    this.#changed();
  }

  #enter(piece) {
    if (piece.from > this.moment) this.edge = "begins";
    else if (piece.to <= this.moment) this.edge = "ends";
    if (this.edge === "ends") this.isPlaying = false;
    this.moment = Math.max(piece.from, Math.min(this.moment, piece.to));
    this.isWaiting = false;
    this.#show(piece);
  }

  #fail(failure) {
    this.failure = failure;
    this.isPlaying = false;
    this.isWaiting = true;
  }
}

function asFailure(failure) {
  if (failure instanceof NoFilm) return failure;
  throw failure;
}
