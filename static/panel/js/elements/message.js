// `<cb-message popover="manual">`: one line to somebody, filled in already; Enter sends it. What is being written stays
// there, whatever happens on the board and wherever the mouse clicks, until it is sent or given up.

import { h, setText } from "../dom.js";
import { gettext } from "../i18n.js";
import { placeBeside } from "../place.js";

const LONGEST = 200; // panel/commands/arguments.py

export class MessageForm extends HTMLElement {
  #to;
  #title = h("p", { class: "title", "aria-hidden": "true" });
  #input;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.setAttribute("role", "dialog");
    this.#input = h("input", {
      type: "text",
      "aria-label": gettext("Message"),
      required: true,
      pattern: ".*\\S.*",
      maxLength: LONGEST,
      autocomplete: "off",
      placeholder: gettext("What is there to tell?"),
    });
    const buttons = h(
      "span",
      { class: "actions" },
      h(
        "button",
        { type: "submit", class: "button primary", "data-command": "message" },
        h("span", {}, gettext("Send")),
        h("kbd", { "aria-hidden": "true" }, "⏎"),
      ),
      h(
        "button",
        { type: "button", class: "button", onclick: () => this.#leave() },
        h("span", {}, gettext("Do not send")),
        h("kbd", { "aria-hidden": "true" }, "Esc"),
      ),
    );
    this.append(h("form", { onsubmit: (event) => this.#onSubmit(event) }, this.#title, this.#input, buttons));
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOpen() {
    return this.matches(":popover-open");
  }

  /** `to` is the key of the extension, `title` says whom it is for; `anchor` is the element beside which it opens. */
  open({ to, title, text, anchor }) {
    this.#to = to;
    setText(this.#title, title);
    this.setAttribute("aria-label", title);
    this.#input.value = text;
    if (!this.isOpen) this.showPopover();
    placeBeside(this, { anchor: anchor.getBoundingClientRect() });
    this.#input.focus();
    this.#input.setSelectionRange(text.length, text.length);
  }

  close() {
    this.#input.blur(); // what is hidden keeps the focus for a moment
    if (this.isOpen) this.hidePopover();
  }

  #leave() {
    this.close();
    this.dispatchEvent(new CustomEvent("cb-written", { bubbles: true }));
  }

  #onSubmit(event) {
    event.preventDefault();
    if (!this.isOpen) return;
    const detail = { name: "message", args: { to: this.#to, text: this.#input.value.trim() }, from: this };
    this.close();
    this.dispatchEvent(new CustomEvent("cb-command", { bubbles: true, detail }));
  }

  #onKey(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter" && event.repeat) event.preventDefault();
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.#leave();
  }
}

customElements.define("cb-message", MessageForm);
