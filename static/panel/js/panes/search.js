// The search field and its results, which take the place of the tiles while something is typed. The first result is
// chosen; Enter does to it what is written beside it.

import { config } from "../config.js";
import { arrange, isTyping, setAttr, setHidden, setText } from "../dom.js";
import { Result } from "../elements/result.js";
import { dialable, telephone } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { SearchIndex } from "../search.js";
import { who } from "../words.js";
import { otherEnd } from "../select.js";
import { Keyed } from "./waiting.js";

export class SearchPane {
  /** When a result was last acted on. */
  reachedAt = -Infinity;
  #store;
  #actions;
  #own;
  #input;
  #list;
  #people;
  #nothing;
  #index = new SearchIndex();
  #results = new Keyed(() => new Result());
  #rows = [];
  #at = 0;

  /** `input` is the field, `list` the listbox, `people` what it replaces, `nothing` the text for no match. */
  constructor({ store, actions, own, input, list, people, nothing }) {
    Object.assign(this, { input });
    this.#store = store;
    this.#actions = actions;
    this.#own = own;
    this.#input = input;
    this.#list = list;
    this.#people = people;
    this.#nothing = nothing;
    store.watch("extension", (changes) => this.#onExtensions(changes));
    store.watch("call", () => this.isOpen && this.#draw());
    input.addEventListener("input", () => this.#onInput());
    input.addEventListener("keydown", (event) => this.#onKey(event));
    list.addEventListener("click", (event) => this.#onClick(event));
    list.addEventListener("pointermove", (event) => this.#onPoint(event));
    // The list is the field's own: a press on it must not take the focus away.
    list.addEventListener("mousedown", (event) => event.preventDefault());
  }

  get isOpen() {
    return this.#input.value.trim() !== "";
  }

  /** The extension row that Enter would act on, or undefined. */
  get chosen() {
    const row = this.isOpen ? this.#rows[this.#at] : undefined;
    return row?.dial === undefined ? row : undefined;
  }

  /** Puts the cursor there, unless somebody is writing somewhere else. */
  focus() {
    if (document.querySelector("dialog[open]") !== null) return;
    if (document.activeElement === this.#input || !isTyping(document.activeElement)) this.#input.focus();
  }

  close() {
    this.#input.value = "";
    this.#onInput();
  }

  #onExtensions(changes) {
    for (const [key, row] of changes) {
      if (row === undefined) this.#index.delete(key);
      else this.#index.put(row);
    }
    if (this.isOpen) this.#find();
  }

  #onInput() {
    this.#at = 0;
    this.#find();
    this.#list.scrollTop = 0;
  }

  /** The list anew; the one that was chosen stays chosen while it is still in the list. */
  #find() {
    const chosen = this.#rows[this.#at]?.key;
    const people = this.#index.find(this.#input.value).filter((row) => row.key !== this.#own);
    const number = dialable(this.#input.value);
    const dial =
      number !== "" && config.mayDialOut && !people.some((row) => row.number === number)
        ? [{ key: `dial:${number}`, dial: number }]
        : [];
    this.#rows = [...people, ...dial];
    if (this.#at > 0)
      this.#at = Math.max(
        0,
        this.#rows.findIndex((row) => row.key === chosen),
      );
    this.#draw();
  }

  #draw() {
    const open = this.isOpen;
    const inHand = this.#actions.inHand;
    const elements = this.#results.elements(this.#rows, (element, row) => {
      element.id = `result-${row.key}`;
      element.show(row, { verb: this.#verb(row, inHand), chosen: row === this.#rows[this.#at] });
    });
    arrange(this.#list, elements);
    setHidden(this.#list, !open || this.#rows.length === 0);
    setHidden(this.#people, open);
    setHidden(this.#nothing, !open || this.#rows.length > 0);
    setText(
      this.#nothing,
      open ? interpolate(gettext("Nobody is called “%(text)s”."), { text: this.#input.value.trim() }) : "",
    );
    setAttr(this.#input, "aria-expanded", String(open && this.#rows.length > 0));
    setAttr(this.#input, "aria-activedescendant", elements[this.#at]?.id ?? null);
  }

  #verb(row, inHand) {
    const to = row.dial === undefined ? null : telephone(row.dial);
    if (inHand === undefined) return to === null ? gettext("Call") : interpolate(gettext("Call %(to)s"), { to });
    const name = who(otherEnd(this.#store, inHand, this.#own));
    return to === null
      ? interpolate(gettext("Transfer %(who)s"), { who: name })
      : interpolate(gettext("Transfer %(who)s to %(to)s"), { who: name, to });
  }

  #onKey(event) {
    if (event.isComposing || event.altKey || event.ctrlKey || event.metaKey || !this.isOpen) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") this.#move(event.key === "ArrowDown" ? 1 : -1);
    else if (event.key === "Enter" && !event.repeat) this.#reach(this.#rows[this.#at]);
    else return;
    event.preventDefault();
  }

  #move(by) {
    if (this.#rows.length === 0) return;
    this.#at = (this.#at + by + this.#rows.length) % this.#rows.length;
    this.#draw();
    this.#list.children[this.#at].scrollIntoView({ block: "nearest" });
  }

  #reach(row) {
    if (row === undefined) return;
    this.reachedAt = performance.now();
    this.#actions.reach(row.dial ?? row.key);
    this.close();
  }

  #onClick(event) {
    const result = event.target.closest("cb-result");
    if (result !== null) this.#reach(result.row);
  }

  #onPoint(event) {
    const result = event.target.closest("cb-result");
    const at = result === null ? -1 : this.#rows.indexOf(result.row);
    if (at < 0 || at === this.#at) return;
    this.#at = at;
    this.#draw();
  }
}
