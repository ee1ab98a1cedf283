// `<cb-number popover="manual">`: asks for the number to which somebody who waits is sent. Enter sends, Esc leaves. It
// stays open whatever happens on the page.

import { h, setText } from "../dom.js";
import { dialable } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { placeBeside } from "../place.js";

export class NumberForm extends HTMLElement {
  #send;
  #before;
  #title = h("p", { class: "title", "aria-hidden": "true" });
  #input;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.setAttribute("role", "dialog");
    this.#input = h("input", {
      type: "text",
      inputMode: "tel",
      "aria-label": gettext("Number"),
      required: true,
      maxLength: 40,
      autocomplete: "off",
      oninput: () => this.#input.setCustomValidity(""),
    });
    const send = h("button", { type: "submit", class: "button primary" }, gettext("Send"));
    const leave = h("button", { type: "button", class: "button", onclick: () => this.close() }, gettext("Cancel"));
    const buttons = h("span", { class: "actions" }, send, leave);
    this.append(h("form", { onsubmit: (event) => this.#onSubmit(event) }, this.#title, this.#input, buttons));
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /** `send(number)` is called with what was typed, as it is dialled; `who` is sent there, `anchor` shows them. */
  open({ who, anchor, send }) {
    const title = interpolate(gettext("To which number is %(who)s sent?"), { who });
    this.#send = send;
    this.#before = document.activeElement;
    setText(this.#title, title);
    this.setAttribute("aria-label", title);
    this.#input.value = "";
    if (!this.matches(":popover-open")) this.showPopover();
    placeBeside(this, { anchor: anchor.getBoundingClientRect() });
    this.#input.focus();
  }

  close() {
    this.hidePopover();
    this.#before?.focus();
  }

  #onSubmit(event) {
    event.preventDefault();
    const number = dialable(this.#input.value);
    if (number === "") {
      this.#input.setCustomValidity(gettext("This is no number."));
      this.#input.reportValidity();
      return;
    }
    this.close();
    this.#send(number);
  }

  #onKey(event) {
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      this.close();
    }
  }
}

customElements.define("cb-number", NumberForm);
