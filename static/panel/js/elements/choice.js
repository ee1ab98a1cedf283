// `<cb-choice>`: a few ways to choose from, beside what they are about. The first one has the focus: Enter takes it,
// arrows and the digits choose another, Escape leaves, and a letter goes on in the search field.

import { arrange, h, icon, setText } from "../dom.js";

const GAP_PIXELS = 6;

export class Choice extends HTMLElement {
  /** What the choice is about, as given to `open`; null while it is closed. */
  about = null;
  #title = h("p", { class: "title" });
  #list = h("div", { class: "ways", role: "none" });

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.popover = "auto";
    this.setAttribute("role", "menu");
    this.append(this.#title, this.#list);
    this.addEventListener("keydown", (event) => this.#onKey(event));
    this.addEventListener("toggle", ({ newState }) => newState === "closed" && (this.about = null));
  }

  /** `ways` as in ways.js; `anchor` is the element beside which it opens; `about` is kept for whoever opened it. */
  open({ title, ways, anchor, about }) {
    this.close();
    this.about = about;
    this.retitle(title);
    arrange(
      this.#list,
      ways.map((way, at) => this.#item(way, at)),
    );
    this.showPopover();
    this.#place(anchor.getBoundingClientRect());
    this.#items()[0].focus();
  }

  /** The circumstances have changed while it is open. */
  retitle(title) {
    setText(this.#title, title);
    this.setAttribute("aria-label", title);
  }

  close() {
    if (this.matches(":popover-open")) this.hidePopover();
  }

  #items() {
    return [...this.#list.children];
  }

  #item(way, at) {
    return h(
      "button",
      { type: "button", class: "way", role: "menuitem", tabIndex: -1, onclick: () => this.#choose(way) },
      icon(way.icon, "shape"),
      h("span", { class: "label" }, way.label),
      h("span", { class: "detail" }, way.detail),
      h("kbd", { "aria-hidden": "true" }, at === 0 ? "⏎" : String(at + 1)),
    );
  }

  #choose({ name, args }) {
    this.close();
    this.dispatchEvent(new CustomEvent("cb-command", { bubbles: true, detail: { name, args, from: this } }));
  }

  #onKey(event) {
    const items = this.#items();
    const at = items.indexOf(document.activeElement);
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (event.key === "Enter" && event.repeat) event.preventDefault();
    else if (step !== undefined) items[(at + step + items.length) % items.length].focus();
    else if (/^[1-9]$/.test(event.key)) items[Number(event.key) - 1]?.click();
    else if (event.key === "Escape" || event.key === "Tab") this.close();
    else if (event.key.length === 1 && event.key !== " ") return this.close(); // it is for the board
    else return;
    if (event.key !== "Enter") event.preventDefault();
    event.stopPropagation();
  }

  /** Under the anchor where there is room, and else over it. */
  #place({ left, top, bottom }) {
    const { width, height } = this.getBoundingClientRect();
    const below = bottom + GAP_PIXELS;
    const y = below + height <= innerHeight ? below : Math.max(GAP_PIXELS, top - GAP_PIXELS - height);
    const x = Math.max(GAP_PIXELS, Math.min(left, innerWidth - width - GAP_PIXELS));
    this.style.translate = `${Math.round(x)}px ${Math.round(y)}px`;
  }
}

customElements.define("cb-choice", Choice);
