// `<cb-tones>`: a field that sends what is typed as tones, at once, and the keypad for the mouse. Digits that come
// quickly go in one command.

import { h, setHidden } from "../dom.js";
import { gettext } from "../i18n.js";
import { pressed } from "../keys.js";
import { RowElement } from "./row-element.js";

const TOGETHER_MILLISECONDS = 250;
const PAD = [..."123456789*0#"];
const STRANGE = /[^0-9A-D*#]/g;

export class Tones extends RowElement {
  #input;
  #waiting = "";
  #timer = 0;

  build() {
    this.#input = h("input", {
      type: "text",
      inputMode: "tel",
      autocomplete: "off",
      "aria-label": gettext("Tones to send"),
      placeholder: gettext("Type digits: they are sent at once"),
      onbeforeinput: (event) => this.#onInput(event),
      onkeydown: (event) => this.#onKey(event),
    });
    const pad = PAD.map((digit) =>
      h("button", { type: "button", class: "button small", onclick: () => this.#send(digit) }, digit),
    );
    this.append(this.#input, h("span", { class: "pad" }, pad));
    setHidden(this, true);
  }

  /** Opens the field, or closes it. */
  toggle() {
    if (!this.hidden) return this.#close();
    setHidden(this, false);
    this.#input.value = "";
    this.#input.focus();
  }

  #onInput(event) {
    if (event.data === null) return;
    event.preventDefault();
    this.#send(event.data.toUpperCase().replace(STRANGE, ""));
  }

  #onKey(event) {
    const closes = event.key === "Escape" || event.key === "Enter" || pressed(event)?.id === "tones";
    if (!closes) return;
    event.preventDefault();
    event.stopPropagation();
    this.#close();
  }

  #close() {
    this.#flush();
    this.#input.blur();
    setHidden(this, true);
    this.dispatchEvent(new CustomEvent("cb-written", { bubbles: true }));
  }

  #send(digits) {
    if (digits === "") return;
    this.#input.value += digits;
    this.#waiting += digits;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#flush(), TOGETHER_MILLISECONDS);
  }

  #flush() {
    clearTimeout(this.#timer);
    const digits = this.#waiting;
    this.#waiting = "";
    if (digits === "") return;
    const detail = { name: "dtmf", args: { call: this.row.key, digits }, from: this };
    this.dispatchEvent(new CustomEvent("cb-command", { bubbles: true, detail }));
  }
}

customElements.define("cb-tones", Tones);
