// The film of the past, in pieces as the server gives them (panel/replay): a snapshot and the patches after it. Asks
// for what is not there and keeps the last few pieces, so that a look some seconds back asks for nothing.

import { gettext } from "./i18n.js";

/** Pieces that are kept: where one looks, what comes next, and a little of what was seen before. */
const MOST_KEPT = 4;

/** So long the server may take for a piece. */
const PATIENCE_MILLISECONDS = 45_000;

/** Why there is no film: `code` as the server says it, or "unreachable"; the message is for people. */
export class NoFilm extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

export class Film {
  /** Milliseconds between which there is film; null before the first answer. */
  earliest = null;
  latest = null;
  /** Spans in which nobody watched, as `[from, to, reason]`, the earliest first. */
  gaps = [];
  #address;
  #pbx;
  #pieces = []; // {from, to, snapshot, patches}, the one that was used last at the end

  /** `pbx`: whose film; empty where there is only one. */
  constructor(address, pbx = "") {
    this.#address = address;
    this.#pbx = pbx;
  }

  /** The piece that shows `at`, the one that goes on from there before the one that ends there; undefined without. */
  pieceAt(at) {
    const piece = this.pieceFrom(at) ?? this.#pieces.find(({ from, to }) => from <= at && at <= to);
    if (piece !== undefined) this.#use(piece);
    return piece;
  }

  /** The piece that goes on after `at`, or undefined. */
  pieceFrom(at) {
    return this.#pieces.findLast(({ from, to }) => from <= at && at < to);
  }

  /** A piece does not go on: what comes after `to` is another one's. */
  cut(piece, to) {
    piece.to = to;
    if (to <= piece.from) this.#pieces = this.#pieces.filter((each) => each !== piece);
  }

  /**
   * Asks for `seconds` from `at` on. Returns the piece, which begins later where there is no film so early, and ends
   * sooner where there is no more of it. Raises NoFilm.
   */
  async load(at, seconds) {
    const asked = new URLSearchParams({ at: Math.floor(at), seconds });
    if (this.#pbx !== "") asked.set("pbx", this.#pbx);
    const answer = await this.#ask(`${this.#address}?${asked}`);
    const { from, to, snapshot, patches } = answer;
    this.#learn(answer);
    const piece = { from, to, snapshot, patches };
    this.#pieces = this.#pieces.filter((each) => each.from !== from);
    this.#use(piece);
    return piece;
  }

  async #ask(address) {
    let response;
    try {
      const signal = AbortSignal.timeout(PATIENCE_MILLISECONDS);
      response = await fetch(address, { cache: "no-store", credentials: "same-origin", signal });
      if (response.ok) return await response.json();
    } catch {
      throw new NoFilm("unreachable", gettext("The panel does not answer."));
    }
    throw await this.#refusal(response);
  }

  async #refusal(response) {
    const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
    const { error = {} } = isJson ? await response.json() : {};
    this.#learn(error);
    const { code = "unreachable", message = gettext("The panel gives no film.") } = error;
    return new NoFilm(code, message);
  }

  #learn({ earliest, latest, gaps }) {
    this.earliest = earliest ?? this.earliest;
    this.latest = latest ?? this.latest;
    this.gaps = gaps ?? this.gaps;
  }

  #use(piece) {
    this.#pieces = [...this.#pieces.filter((each) => each !== piece), piece].slice(-MOST_KEPT);
  }
}
