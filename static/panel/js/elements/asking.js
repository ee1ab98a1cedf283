// `<cb-asking popover="manual">`: asks for one thing that a menu cannot list, such as a number or a person, beside the
// row it is about. Enter gives it, Esc leaves. It stays open whatever happens on the page.

import { h, setAttr, setText } from "../dom.js";
import { gettext } from "../i18n.js";
import { placeBeside } from "../place.js";

export class AskingForm extends HTMLElement {
  #asked;
  #before;
  #title = h("p", { class: "title", "aria-hidden": "true" });
  #options = h("datalist", { id: "asking-options" });
  #input;

  connectedCallback() {
    if (this.childElementCount > 0) return;
    this.setAttribute("role", "dialog");
    this.#input = h("input", {
      type: "text",
      required: true,
      maxLength: 120,
      autocomplete: "off",
      "aria-label": gettext("Answer"), // until there is a question
      oninput: () => this.#input.setCustomValidity(""),
    });
    setAttr(this.#input, "list", "asking-options");
    const give = h("button", { type: "submit", class: "button primary" }, gettext("OK"));
    const leave = h("button", { type: "button", class: "button", onclick: () => this.close() }, gettext("Cancel"));
    const buttons = h("span", { class: "actions" }, give, leave);
    const form = h("form", { onsubmit: (event) => this.#onSubmit(event) }, this.#title, this.#input, buttons);
    this.append(form, this.#options);
    this.addEventListener("keydown", (event) => this.#onKey(event));
  }

  /**
   * `read(text)` makes what was typed into what is meant, or undefined when it is nothing, and then `refusal` is said.
   * `options` are suggestions, `give(what)` is called at the end. `anchor` is the element it is about.
   */
  open({ title, anchor, options = [], read, refusal, give }) {
    this.#asked = { read, refusal, give };
    this.#before = document.activeElement;
    setText(this.#title, title);
    this.setAttribute("aria-label", title);
    this.#input.setAttribute("aria-label", title);
    this.#options.replaceChildren(...options.map((value) => h("option", { value })));
    this.#input.value = "";
    this.#input.setCustomValidity("");
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
    const { read, refusal, give } = this.#asked;
    const what = read(this.#input.value.trim());
    if (what === undefined) {
      this.#input.setCustomValidity(refusal);
      this.#input.reportValidity();
      return;
    }
    this.close();
    give(what);
  }

  #onKey(event) {
    event.stopPropagation();
    if (event.key === "Escape" && !event.isComposing) {
      event.preventDefault();
      this.close();
    }
  }
}

customElements.define("cb-asking", AskingForm);
