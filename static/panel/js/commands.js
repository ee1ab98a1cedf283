// What the operator has asked for: sends command frames and keeps the receipts, from the first moment ("Sending Jan
// to Zofia") to the outcome. A command is never kept for later and never sent twice; what cannot be sent says so at
// once.

import { may } from "./config.js";
import { gettext } from "./i18n.js";
import { addressed, extensionMeant } from "./pbxs.js";
import { commandSentence } from "./words.js";

const ANSWER_MILLISECONDS = 10_000;
const ENDED = new Set(["done", "failed", "unknown"]);
const FRESH_MILLISECONDS = 10 * 60 * 1000; // older outcomes in a first snapshot are yesterday's news
const DISMISSED = "cordboard-dismissed";
const KEPT = 200;
const SILENT = new Set(["claim"]);
const CLOCKS_DIFFER = 2_000;

export class Commands {
  #send;
  #store;
  #operator;
  #now;
  #changed;
  #mine = new Map(); // intent -> receipt of this page
  #byId = new Map(); // frame id -> intent
  #dismissed;

  /**
   * `send(frame)` returns an id or null; `now()` is the server's time in milliseconds; `changed()` is told of every
   * change.
   */
  constructor({ send, store, operator, now, changed }) {
    this.#send = send;
    this.#store = store;
    this.#operator = operator;
    this.#now = now;
    this.#changed = changed;
    this.#dismissed = new Set(JSON.parse(sessionStorage.getItem(DISMISSED) ?? "[]"));
    store.watch("command", (changes) => this.#onRows(changes));
  }

  /**
   * Gives a command. `about` holds the names for its sentence. The same one given again before the server has
   * answered is one.
   */
  give(name, args, about = {}) {
    args = addressed(this.#store, name, args);
    const twin = [...this.#mine.values()].find(
      (receipt) => receipt.state === "sending" && receipt.name === name && sameArguments(receipt.args, args),
    );
    if (twin !== undefined) return;
    const intent = crypto.randomUUID();
    const receipt = {
      key: intent,
      name,
      args,
      about,
      state: "sending",
      text: commandSentence(name, about),
      at: this.#now(),
    };
    this.#mine.set(intent, receipt);
    const id = this.#send({ type: "command", name, args, intent });
    if (id === null) {
      this.#settle(intent, "failed", gettext("Nothing was sent: the board is not connected."));
      return;
    }
    this.#byId.set(id, intent);
    setTimeout(() => this.#onSilence(id), ANSWER_MILLISECONDS);
    this.#changed();
  }

  /** Gives a command that needs no receipt: nobody waits for what becomes of it. */
  tell(name, args) {
    this.#send({ type: "command", name, args, intent: crypto.randomUUID() });
  }

  /** Says something to the operator that no command stands behind, such as "Nobody is waiting." */
  note(text) {
    const key = crypto.randomUUID();
    this.#mine.set(key, {
      key,
      name: "",
      args: {},
      about: {},
      state: "note",
      text,
      at: this.#now(),
      endedAt: this.#now(),
    });
    this.#changed();
  }

  onResult(frame) {
    const intent = this.#byId.get(frame.id);
    if (intent === undefined) return;
    this.#byId.delete(frame.id);
    const receipt = this.#mine.get(intent);
    if (receipt === undefined) return;
    if (!frame.success) return this.#settle(intent, "failed", frame.error.message);
    const key = frame.result.command;
    this.#mine.delete(intent);
    // The row may have come before the result, or with another tab's command: from here on the row speaks.
    this.#mine.set(key, { ...receipt, key, state: "accepted" });
    this.#changed();
  }

  /** The socket went: whether a command without an answer arrived is not known, and it is not sent again. */
  onLost() {
    for (const id of [...this.#byId.keys()]) this.#onSilence(id);
  }

  /** Whether a command has not been answered yet. */
  isSending() {
    return this.#byId.size > 0;
  }

  dismiss(key) {
    this.#mine.delete(key);
    this.#dismissed.add(key);
    sessionStorage.setItem(DISMISSED, JSON.stringify([...this.#dismissed].slice(-KEPT)));
    this.#changed();
  }

  /** Takes back what the command with this key did. */
  undo(key) {
    this.give("undo", { command: key });
  }

  /**
   * Newest first: `{key, name, state: sending | pending | sent | done | failed | unknown | note, text, endedAt,
   * canUndo}`.
   */
  receipts() {
    const rows = [...this.#store.rows("command").values()].filter(
      (row) => row.operator === this.#operator && !SILENT.has(row.name),
    );
    const known = new Set(rows.map((row) => row.key));
    return [
      ...rows.map((row) => this.#receiptOf(row)),
      ...[...this.#mine.values()].filter(({ key }) => !known.has(key)),
    ]
      .filter(({ key }) => !this.#dismissed.has(key))
      .filter(({ endedAt }) => endedAt === undefined || this.#now() - endedAt < FRESH_MILLISECONDS)
      .sort((a, b) => b.at - a.at);
  }

  #receiptOf(row) {
    const about = this.#mine.get(row.key)?.about ?? {};
    const text =
      row.text || (ENDED.has(row.state) ? endSentence(row.state) : commandSentence(row.name, this.#names(row, about)));
    const endedAt = ENDED.has(row.state) ? Date.parse(row.ended_at ?? row.created_at) : undefined;
    const canUndo = this.#canUndo(row);
    return { key: row.key, name: row.name, state: row.state, text, at: Date.parse(row.created_at), endedAt, canUndo };
  }

  /** Not a second time, unless the first did not work. */
  #canUndo(row) {
    if (!row.can_undo || !ENDED.has(row.state) || !may("undo")) return false;
    const undone = [...this.#store.rows("command").values(), ...this.#mine.values()].some(
      ({ name, args, state }) => name === "undo" && args.command === row.key && state !== "failed",
    );
    return !undone;
  }

  /** Names for a command that another tab gave: as far as they can still be found. */
  #names(row, about) {
    const target = extensionMeant(this.#store, row.args.to);
    const call = this.#store.get("call", row.args.call ?? row.call);
    const parked =
      this.#store.get("parked", row.args.parked) ??
      this.#store.get("caller", row.args.caller) ??
      this.#store.get("member", row.args.agent) ??
      this.#store.get("extension", row.args.person);
    return {
      who: about.who ?? (parked?.name || call?.caller.name || gettext("the caller")),
      to: about.to ?? (target?.name || row.args.to || row.args.queue || row.args.room),
      digits: row.args.digits,
    };
  }

  /** A command whose answer was lost may have arrived after all: then its row takes the place of "not known". */
  #onRows(changes) {
    for (const row of changes.values()) {
      if (row === undefined || row.operator !== this.#operator) continue;
      const lost = [...this.#mine.values()].find(
        ({ state, name, args, at }) =>
          state === "unknown" &&
          name === row.name &&
          sameArguments(args, row.args) &&
          Date.parse(row.created_at) >= at - CLOCKS_DIFFER,
      );
      if (lost !== undefined) this.#mine.delete(lost.key);
    }
    this.#changed();
  }

  #onSilence(id) {
    const intent = this.#byId.get(id);
    if (intent === undefined) return;
    this.#byId.delete(id);
    this.#settle(
      intent,
      "unknown",
      gettext("The connection was lost: it is not known whether this was done. Look at the board."),
    );
  }

  #settle(intent, state, text) {
    const receipt = this.#mine.get(intent);
    if (receipt === undefined) return;
    this.#mine.set(intent, { ...receipt, state, text, endedAt: this.#now() });
    this.#changed();
  }
}

const endSentence = (state) =>
  ({
    done: gettext("Done."),
    failed: gettext("That did not work."),
    unknown: gettext("It is not known whether this was done."),
  })[state];

const sameArguments = (a, b) => JSON.stringify(a) === JSON.stringify(b);
