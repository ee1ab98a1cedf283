// The search field and its results, which take the place of the tiles while something is typed. The first result is
// chosen; beside the list is what one wants to know of that person, and what the keys do.

import { config } from "../config.js";
import { arrange, isDialogOpen, isTyping, setAttr, setHidden, setText } from "../dom.js";
import { Result } from "../elements/result.js";
import { dialable, telephone } from "../format.js";
import { forwardLine } from "../forwards.js";
import { gettext, interpolate } from "../i18n.js";
import { SearchIndex } from "../search.js";
import { campers, verbsFor } from "../verbs.js";
import { who } from "../words.js";

const NOT_PICKED = -1;

export class SearchPane {
  /** When a result was last acted on. */
  reachedAt = -Infinity;
  #store;
  #actions;
  #own;
  #input;
  #list;
  #found;
  #people;
  #person;
  #nothing;
  #index = new SearchIndex();
  #results = []; // by place in the list: with each letter other people stand there, and making elements is dear
  #rows = [];
  #at = 0;
  #picked = NOT_PICKED;
  #isDue = false;

  /**
   * `input` is the field, `list` the listbox, `person` the `<cb-person>` beside it, `nothing` the text
   * for no match; `found` is what holds these three, and lies over `people`.
   */
  constructor({ store, actions, own, input, list, person, nothing, found, people }) {
    this.#store = store;
    this.#actions = actions;
    this.#own = own;
    this.#input = input;
    this.#list = list;
    this.#person = person;
    this.#found = found;
    this.#people = people;
    this.#nothing = nothing;
    store.watch("extension", (changes) => this.#onExtensions(changes));
    for (const kind of ["call", "pbx"]) store.watch(kind, () => this.#drawSoon());
    actions.watch(() => this.#drawSoon());
    input.addEventListener("input", () => this.#onInput());
    input.addEventListener("keydown", (event) => this.#onKey(event));
    list.addEventListener("click", (event) => this.#onClick(event));
    list.addEventListener("pointermove", (event) => this.#onPoint(event));
    person.addEventListener("click", (event) => this.#onPerson(event));
    people.addEventListener("focusin", () => this.close()); // by Tab: what has the focus is to be seen
    // Both belong to the field: a press on them must not take the focus away.
    for (const part of [list, person]) part.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() {
    return this.#input.value.trim() !== "";
  }

  /** The extension row that Enter would act on, or undefined. */
  get chosen() {
    const row = this.isOpen ? this.#rows[this.#at] : undefined;
    return row?.dial === undefined ? row : undefined;
  }

  /** What Enter would act on, as an extension's key or a number; undefined when there is nothing. */
  get target() {
    const row = this.isOpen ? this.#rows[this.#at] : undefined;
    return this.#pickedNumber(row)?.number ?? row?.dial ?? row?.key;
  }

  /** The element of the chosen result. */
  get anchor() {
    return this.#list.children[this.#at];
  }

  /** Puts the cursor there, unless somebody is writing somewhere else. */
  focus() {
    if (isDialogOpen()) return;
    if (document.activeElement === this.#input || !isTyping(document.activeElement)) this.#input.focus();
  }

  close() {
    this.#input.value = "";
    this.#onInput();
  }

  /** Whoever is shown keeps the place until the next letter: nobody slips under a finger that is about to press. */
  #onExtensions(changes) {
    let isNamedAnew = false;
    for (const [key, row] of changes) {
      const isOther = row === undefined ? this.#index.delete(key) : this.#index.put(row);
      isNamedAnew ||= isOther;
    }
    if (!this.isOpen) return;
    if (isNamedAnew) this.#find();
    else if (this.#rows.some((row) => changes.has(row.key))) {
      this.#rows = this.#rows.map((row) => changes.get(row.key) ?? row);
      this.#drawSoon();
    }
  }

  /** Once for all that one delivery brings, and still before it is painted. */
  #drawSoon() {
    if (!this.isOpen || this.#isDue) return;
    this.#isDue = true;
    queueMicrotask(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #onInput() {
    const wasAt = this.#at;
    this.#at = 0;
    this.#picked = NOT_PICKED;
    this.#find();
    if (wasAt > 0) this.anchor?.scrollIntoView({ block: "nearest" });
    if (this.isOpen) this.#actions.claim();
  }

  /** The list anew; the one that was chosen stays chosen while it is still in the list. */
  #find() {
    const chosen = this.#rows[this.#at]?.key;
    const people = this.#matching(this.#input.value);
    const number = dialable(this.#input.value);
    const dial =
      number !== "" && config.mayDialOut && !people.some((row) => row.number === number)
        ? [{ key: `dial:${number}`, dial: number }]
        : [];
    this.#rows = [...people, ...dial];
    if (this.#at > 0 || this.#picked !== NOT_PICKED) {
      const at = this.#rows.findIndex((row) => row.key === chosen);
      if (at < 0) this.#picked = NOT_PICKED;
      this.#at = Math.max(0, at);
    }
    this.#draw();
  }

  #matching(text) {
    return this.#index.find(text).filter((row) => row.key !== this.#own);
  }

  #draw() {
    const open = this.isOpen;
    const { inHand, consult } = this.#actions;
    const context = { inHand, consult, moves: inHand && this.#actions.whoMoves(inHand) };
    const elements = this.#rows.map((row, at) => {
      const element = (this.#results[at] ??= new Result());
      setAttr(element, "id", `result-${row.key}`);
      element.show(row, { verb: this.#verb(row, context), chosen: at === this.#at });
      return element;
    });
    arrange(this.#list, elements);
    setHidden(this.#list, !open || this.#rows.length === 0);
    setHidden(this.#found, !open);
    setAttr(this.#people, "aria-hidden", open ? "true" : null);
    this.#drawPerson(context);
    setHidden(this.#nothing, !open || this.#rows.length > 0);
    const text = interpolate(gettext("Nobody is called “%(text)s”."), { text: this.#input.value.trim() });
    setText(this.#nothing, open ? text : "");
    setAttr(this.#input, "aria-expanded", String(open && this.#rows.length > 0));
    setAttr(this.#input, "aria-activedescendant", elements[this.#at]?.id ?? null);
  }

  #drawPerson(context) {
    const row = this.chosen;
    setHidden(this.#person, row === undefined);
    if (row === undefined) return;
    this.#person.show(row, {
      camped: campers(this.#store, row),
      forward: forwardLine(this.#store, row, context.inHand),
      picked: this.#picked,
      verbs: verbsFor(this.#store, row, { ...context, picked: this.#pickedNumber(row) }),
    });
  }

  #verb(row, { inHand, consult, moves }) {
    if (row.dial === undefined) {
      const picked = row === this.#rows[this.#at] ? this.#pickedNumber(row) : undefined;
      return verbsFor(this.#store, row, { picked, inHand, consult, moves })[0]?.label ?? "";
    }
    const to = telephone(row.dial);
    if (consult !== undefined) return interpolate(gettext("Ask %(to)s"), { to });
    if (inHand === undefined) return interpolate(gettext("Call %(to)s"), { to });
    return interpolate(gettext("Transfer %(who)s to %(to)s"), { who: who(moves), to });
  }

  #pickedNumber(row) {
    return row !== undefined && row === this.#rows[this.#at] ? row.numbers?.[this.#picked] : undefined;
  }

  #onKey(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || !this.isOpen) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && !event.shiftKey && !event.repeat) this.#reach();
    else if (!/^[0-9]$/.test(event.key) || !this.#pick(Number(event.key) - 1)) return;
    event.preventDefault();
  }

  /**
   * A digit after a name chooses another number of the person, 0 the phone again. It is text where it goes on with a
   * number, or with the name of somebody ("Room 2").
   */
  #pick(at) {
    const row = this.chosen;
    const text = this.#input.value;
    if (row === undefined || dialable(text) !== "" || at >= (row.numbers?.length ?? 0)) return false;
    if (at < 0 && this.#picked === NOT_PICKED) return false;
    if (this.#matching(`${text}${at + 1}`).length > 0) return false;
    this.#picked = at === this.#picked ? NOT_PICKED : at;
    this.#draw();
    return true;
  }

  #move(by) {
    if (this.#rows.length === 0) return;
    this.#at = (this.#at + by + this.#rows.length) % this.#rows.length;
    this.#picked = NOT_PICKED;
    this.#draw();
    this.anchor.scrollIntoView({ block: "nearest" });
  }

  /** Acts on the chosen result. A question that comes of it stands beside the result, which stays. */
  #reach() {
    const to = this.target;
    if (to === undefined) return;
    this.reachedAt = performance.now();
    if (this.#actions.reach(to) !== "asked") this.close();
  }

  #onClick(event) {
    const result = event.target.closest("cb-result");
    if (result === null) return;
    this.#at = this.#rows.indexOf(result.row);
    this.#reach();
  }

  #onPerson(event) {
    const number = event.target.closest("[data-number]");
    if (number === null) return;
    const at = [...number.parentElement.children].indexOf(number);
    this.#picked = at === this.#picked ? NOT_PICKED : at;
    this.#draw();
  }

  #onPoint(event) {
    const result = event.target.closest("cb-result");
    const at = result === null ? -1 : this.#rows.indexOf(result.row);
    if (at < 0 || at === this.#at) return;
    this.#at = at;
    this.#picked = NOT_PICKED;
    this.#draw();
  }
}
