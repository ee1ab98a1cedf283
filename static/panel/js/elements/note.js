// `<cb-note>`: the line that somebody wrote about a call, and the field to write it. What is being written stays in
// the field, whatever becomes of the row meanwhile.

import { may } from "../config.js";
import { h, icon, setAttr, setHidden, setText } from "../dom.js";
import { gettext, interpolate } from "../i18n.js";
import { RowElement } from "./row-element.js";

const LONGEST = 200; // panel/commands/arguments.py

export class Note extends RowElement {
  #text = h("span", { class: "text" });
  #by = h("span", { class: "by" });
  #line;
  #input;

  build() {
    this.#line = h(
      "button",
      { type: "button", class: "line", onclick: () => this.edit() },
      icon("icon-note"),
      this.#text,
      this.#by,
    );
    this.#line.disabled = !may("note");
    this.#input = h("input", {
      type: "text",
      hidden: true,
      maxLength: LONGEST,
      autocomplete: "off",
      "aria-label": gettext("Note that goes with the call"),
      placeholder: gettext("Note for whoever has the call next"),
      onkeydown: (event) => this.#onKey(event),
      onblur: () => this.#save(),
    });
    this.append(this.#line, this.#input);
  }

  draw(row) {
    const by = row.note_by ? interpolate(gettext("(%(who)s)"), { who: row.note_by }) : "";
    setText(this.#text, row.note ?? "");
    setText(this.#by, by);
    setAttr(this.#line, "title", row.note || null);
    const label = interpolate(gettext("Note: %(text)s %(by)s"), { text: row.note ?? "", by });
    setAttr(this.#line, "aria-label", label.trim());
    setHidden(this.#line, !row.note || !this.#input.hidden);
    setHidden(this, !row.note && this.#input.hidden);
  }

  /** Opens the field with the note as it is. */
  edit() {
    if (!may("note") || !this.#input.hidden) return;
    this.#input.value = this.row.note ?? "";
    setHidden(this, false);
    setHidden(this.#input, false);
    setHidden(this.#line, true);
    this.#input.focus();
    this.#input.select();
  }

  #onKey(event) {
    if (event.isComposing || (event.key !== "Enter" && event.key !== "Escape")) return;
    event.preventDefault();
    event.stopPropagation();
    if (event.key === "Escape") this.#input.value = this.row.note ?? "";
    this.#save();
    this.#input.blur();
    this.dispatchEvent(new CustomEvent("cb-written", { bubbles: true }));
  }

  /** Leaving the field keeps what was written, by whatever way it is left; only Escape gives it up. */
  #save() {
    if (this.#input.hidden) return;
    const text = this.#input.value.trim();
    setHidden(this.#input, true);
    this.draw(this.row);
    if (text === (this.row.note ?? "")) return;
    const detail = { name: "note", args: { call: this.row.key, text }, from: this };
    this.dispatchEvent(new CustomEvent("cb-command", { bubbles: true, detail }));
  }
}

customElements.define("cb-note", Note);
