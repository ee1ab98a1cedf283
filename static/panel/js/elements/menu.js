// `<cb-menu>`: what can be done about one thing of the board, beside it. Arrows, Home, End and letters go to an entry,
// Enter and the space bar choose it, and so does the key that is printed on it; Esc, Tab and a click elsewhere leave.
// The right arrow opens an entry that has entries of its own, the left one leads back.

import { arrange, h, icon, setAttr, setHidden, setText } from "../dom.js";
import { gettext } from "../i18n.js";
import { Keyed } from "../keyed.js";
import { pressOf } from "../keys.js";
import { placeBeside } from "../place.js";

const TOGETHER_MILLISECONDS = 700; // letters within that time are one word
const BACK = "back";

export class Menu extends HTMLElement {
  #title = h("p", { class: "title" }, h("span", { class: "name" }), h("span", { class: "detail" }));
  #list = h("div", { class: "sections", role: "none" });
  #sections = new Keyed(() => h("div", { class: "section", role: "group" }, heading()));
  #items = new Keyed(({ id }) => item(id));
  #content = { sections: [] };
  #inside = null; // the id of the entry whose own entries are shown
  #anchor = null;
  #opener = null;
  #before = null; // what had the focus
  #place = null;
  #typed = "";
  #typedAt = -Infinity;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.popover = "manual"; // browsers differ in what the release of the right button does to the other kind
    this.setAttribute("role", "menu");
    this.append(this.#title, this.#list);
    this.addEventListener("keydown", (event) => this.#onKey(event));
    this.addEventListener("click", (event) => this.#onClick(event));
    this.addEventListener("pointermove", (event) => event.target.closest("[role=menuitem]")?.focus());
    this.addEventListener("contextmenu", (event) => event.preventDefault());
    this.addEventListener("focusout", ({ relatedTarget }) => this.#onAway(relatedTarget));
    document.addEventListener("pointerdown", ({ target }) => this.#onAway(target), true);
    addEventListener("resize", () => this.close());
    document.addEventListener("scroll", () => this.#onScroll(), true);
  }

  get isOpen() {
    return this.matches(":popover-open");
  }

  /**
   * `content` is `{title, detail, sections: [{heading, entries}]}`, an entry `{id, label, detail, press, keys, reason,
   * entries}`: `reason` says why it cannot be chosen now, or is "". `anchor` is the element that it is about, `point`
   * where the mouse was, and `opener` the button that opens and closes it. Choosing tells `cb-choose` with the
   * entry's id.
   */
  open(content, anchor, { point, opener }) {
    this.close();
    this.#inside = null;
    this.#typed = "";
    this.#anchor = anchor;
    this.#opener = opener;
    this.#before = document.activeElement;
    this.#place = { anchor: anchor.getBoundingClientRect(), point };
    this.#draw(content);
    this.showPopover();
    placeBeside(this, this.#place);
    this.#focusFirst();
  }

  /** The circumstances have changed while it is open. */
  update(content) {
    const focused = this.#current?.dataset.entry;
    this.#draw(content);
    if (this.#current === undefined && focused !== undefined) this.#focusFirst();
    if (this.getBoundingClientRect().bottom > innerHeight) placeBeside(this, this.#place);
  }

  /** The focus goes back to where it was, unless it is somewhere else already. */
  close() {
    if (!this.isOpen) return;
    const hadFocus = this.contains(document.activeElement);
    this.hidePopover();
    if (hadFocus) this.#before.focus();
  }

  get #all() {
    return [...this.querySelectorAll("[role=menuitem]")];
  }

  get #current() {
    return this.#all.find((each) => each === document.activeElement);
  }

  /** What is shown: the entries of the menu, or those of the entry that was opened. */
  get #shown() {
    const parent = this.#entry(this.#inside);
    if (!parent?.entries) return this.#content.sections;
    const back = { id: BACK, label: parent.label, detail: "", keys: "", reason: "" };
    return [{ heading: "", entries: [back] }, { heading: "", entries: parent.entries }];
  }

  #entry(id) {
    const all = this.#content.sections.flatMap(({ entries }) => entries);
    return [...all, ...all.flatMap(({ entries }) => entries ?? [])].find((entry) => entry.id === id);
  }

  #draw(content) {
    this.#content = content;
    if (!this.#entry(this.#inside)?.entries) this.#inside = null;
    setText(this.#title.firstElementChild, content.title);
    setText(this.#title.lastElementChild, content.detail);
    setAttr(this, "aria-label", content.title);
    const shown = this.#shown;
    const entries = shown.flatMap((section) => section.entries);
    const items = this.#items.elements(
      entries.map((entry, at) => ({ ...entry, key: entry.id, before: entries[at - 1]?.reason })),
      drawItem,
    );
    const sections = shown.map((each, at) => ({ key: String(at), text: each.heading, count: each.entries.length }));
    arrange(
      this.#list,
      this.#sections.elements(sections, (section, { text, count }) => {
        const [line] = section.children;
        setText(line, text);
        setHidden(line, text === "");
        setAttr(section, "aria-label", text || null);
        arrange(section, [line, ...items.splice(0, count)]);
      }),
    );
  }

  #focusFirst() {
    const items = this.#all.filter((each) => each.dataset.entry !== BACK);
    (items.find((each) => !each.hasAttribute("aria-disabled")) ?? items[0])?.focus();
  }

  #onClick(event) {
    const pressed = event.target.closest("[role=menuitem]");
    if (pressed !== null) this.#choose(pressed.dataset.entry);
  }

  #choose(id) {
    const entry = this.#entry(id);
    if (id === BACK) return this.#leave();
    if (entry === undefined || entry.reason !== "") return;
    if (entry.entries) return this.#enter(id);
    this.close();
    this.dispatchEvent(new CustomEvent("cb-choose", { bubbles: true, detail: { id } }));
  }

  #enter(id) {
    this.#inside = id;
    this.#draw(this.#content);
    placeBeside(this, this.#place);
    this.#focusFirst();
  }

  #leave() {
    const from = this.#inside;
    this.#inside = null;
    this.#draw(this.#content);
    placeBeside(this, this.#place);
    this.#all.find((each) => each.dataset.entry === from)?.focus();
  }

  /** The focus has gone elsewhere, or a press was there. Null is another window, from which one comes back. */
  #onAway(target) {
    if (this.isOpen && target !== null && !this.contains(target) && !this.#opener.contains(target)) this.close();
  }

  /** What it is about has moved away under it. */
  #onScroll() {
    if (this.isOpen && this.#anchor.getBoundingClientRect().top !== this.#place.anchor.top) this.close();
  }

  /** No key goes through to the board: its keys are about other calls than the one that the menu is about. */
  #onKey(event) {
    const move = this.#moves[event.key];
    event.stopPropagation();
    if (event.key === "Enter" || event.key === " ") return event.repeat && event.preventDefault();
    event.preventDefault();
    if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (move !== undefined) move();
    else if (event.key.length === 1 && !event.altKey && !event.ctrlKey && !event.metaKey) this.#typeAhead(event.key);
    else if (!event.repeat) this.#press(pressOf(event));
  }

  #moves = {
    ArrowDown: () => this.#step(1),
    ArrowUp: () => this.#step(-1),
    Home: () => this.#all[0].focus(),
    End: () => this.#all.at(-1).focus(),
    ArrowRight: () => this.#entry(this.#current?.dataset.entry)?.entries && this.#choose(this.#current.dataset.entry),
    ArrowLeft: () => this.#inside !== null && this.#leave(),
  };

  #step(by) {
    const items = this.#all;
    const at = items.indexOf(this.#current);
    items[(at + by + items.length) % items.length].focus();
  }

  #press(press) {
    const entries = this.#content.sections.flatMap((section) => section.entries);
    const entry = press === "" ? undefined : entries.find((each) => each.press === press);
    if (entry !== undefined) this.#choose(entry.id);
  }

  /** One letter again and again walks over all that begin with it; several letters are the beginning of a word. */
  #typeAhead(letter) {
    const now = performance.now();
    this.#typed = now - this.#typedAt > TOGETHER_MILLISECONDS ? letter : this.#typed + letter;
    this.#typedAt = now;
    const typed = this.#typed.toLocaleLowerCase();
    const text = [...typed].every((each) => each === typed[0]) ? typed[0] : typed;
    const items = this.#all;
    const from = items.indexOf(this.#current) + (text.length === 1 ? 1 : 0);
    const found = [...items.slice(from), ...items.slice(0, from)].find((each) =>
      each.querySelector(".label").textContent.toLocaleLowerCase().startsWith(text),
    );
    found?.focus();
  }
}

const heading = () => h("p", { class: "heading", "aria-hidden": "true" });

const item = (id) =>
  h(
    "button",
    { type: "button", class: "entry", role: "menuitem", tabIndex: -1, "data-entry": id },
    h("span", { class: "label" }),
    h("span", { class: "detail" }),
    h("kbd", { "aria-hidden": "true" }),
    h("span", { class: "arrow", hidden: true }, icon("icon-down")),
    h("span", { class: "reason" }),
  );

function drawItem(button, { id, label, detail, keys, reason, entries, before }) {
  const [name, more, key, arrow, why] = button.children;
  setText(name, label);
  setAttr(name, "title", label);
  setText(more, detail);
  setText(key, keys);
  setText(why, reason);
  setHidden(arrow, !entries);
  // The same reason under one another is read once.
  setAttr(why, "class", reason !== "" && reason === before ? "reason visually-hidden" : "reason");
  setAttr(button, "aria-disabled", reason === "" ? null : "true");
  setAttr(button, "aria-haspopup", entries ? "menu" : null);
  setAttr(button, "data-back", id === BACK ? "" : null);
  setAttr(button, "aria-label", id === BACK ? `${gettext("Back")}: ${label}` : null);
}

customElements.define("cb-menu", Menu);
