// `<cb-reason popover="manual">`: asks why, in one line, before a command is given; Enter gives it, Escape does not.

import { h, setText } from "../dom.js";
import { gettext } from "../i18n.js";
import { placeBeside } from "../place.js";

const LONGEST = 200; // panel/commands/arguments.py

export class ReasonForm extends HTMLElement {
  #command;
  #opener;
  #title = h("p", { class: "title", "aria-hidden": "true" });
  #give = h("span", {});
  #input;
  #submit;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.setAttribute("role", "dialog");
    this.#input = h("input", {
      type: "text",
      "aria-label": gettext("Why?"),
      required: true,
      pattern: ".*\\S.*",
      maxLength: LONGEST,
      autocomplete: "off",
      placeholder: gettext("Why? It is written down in the log."),
    });
    const enter = h("kbd", { "aria-hidden": "true" }, "⏎");
    this.#submit = h("button", { type: "submit", class: "button primary" }, this.#give, enter);
    const leave = h(
      "button",
      { type: "button", class: "button", onclick: () => this.close() },
      h("span", {}, gettext("Do not")),
      h("kbd", { "aria-hidden": "true" }, "Esc"),
    );
    const buttons = h("span", { class: "actions" }, this.#submit, leave);
    this.append(h("form", { onsubmit: (event) => this.#onSubmit(event) }, this.#title, this.#input, buttons));
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  get isOpen() {
    return this.matches(":popover-open");
  }

  /** `name` and `args` are the command's without the reason, `label` its title; `anchor` is where it opens. */
  open({ name, args, title, label, anchor }) {
    this.#command = { name, args };
    this.#opener = document.activeElement;
    setText(this.#title, title);
    setText(this.#give, label);
    this.#submit.dataset.command = name;
    this.setAttribute("aria-label", title);
    this.#input.value = "";
    if (!this.isOpen) this.showPopover();
    placeBeside(this, { anchor: anchor.getBoundingClientRect() });
    this.#input.focus();
  }

  close() {
    if (!this.isOpen) return;
    this.hidePopover();
    if (this.#opener?.isConnected) this.#opener.focus();
  }

  #onSubmit(event) {
    event.preventDefault();
    if (!this.isOpen) return;
    const { name, args } = this.#command;
    const detail = { name, args: { ...args, reason: this.#input.value.trim() }, from: this };
    this.close();
    this.dispatchEvent(new CustomEvent("cb-command", { bubbles: true, detail }));
  }

  #onKey(event) {
    event.stopPropagation();
    if (event.isComposing) return;
    if (event.key === "Enter" && event.repeat) event.preventDefault();
    if (event.key !== "Escape") return;
    event.preventDefault();
    this.close();
  }
}

customElements.define("cb-reason", ReasonForm);
