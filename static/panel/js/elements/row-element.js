// The base of the elements that show a row. They are dumb: a row comes in, `cb-command` events go out. They never
// touch the socket or the store, and they write text only as text.

import { may } from "../config.js";
import { h, icon } from "../dom.js";
import { markPbx } from "../pbxs.js";

export class RowElement extends HTMLElement {
  row = null;
  #built = false;

  /** Shows `row`; what else the picture needs comes as `context`. */
  show(row, context = {}) {
    if (!this.#built) {
      this.#built = true;
      this.build();
      this.addEventListener("click", (event) => this.#onClick(event));
    }
    this.row = row;
    markPbx(this, row);
    this.draw(row, context);
  }

  /** Makes the children, once. */
  build() {}

  /** Writes what differs. */
  draw() {}

  /** The arguments of the command `name` for the row now shown. */
  args() {
    return {};
  }

  #onClick(event) {
    const button = event.target.closest("button[data-command]");
    if (button === null || !this.contains(button) || button.closest("[data-owner]") !== this) return;
    if (button.getAttribute("aria-disabled") === "true") return; // it keeps the focus, unlike one that is disabled
    const name = button.dataset.command;
    this.dispatchEvent(
      new CustomEvent("cb-command", { bubbles: true, detail: { name, args: this.args(name), from: this } }),
    );
  }
}

/**
 * A button that gives a command, or null when the operator may not. `keys` are printed on it, so that the mouse
 * teaches the keyboard.
 */
export function commandButton(name, label, { keys = "", title = "", className = "button" } = {}) {
  if (!may(name)) return null;
  return h(
    "button",
    { type: "button", class: className, "data-command": name, title: title || null },
    h("span", {}, label),
    keys === "" ? null : h("kbd", { "aria-hidden": "true" }, keys),
  );
}

/** The same as a picture alone, with its name for screen readers and in its title. */
export function toolButton(name, picture, label, keys = "", className = "") {
  if (!may(name)) return null;
  const title = keys === "" ? label : `${label} (${keys})`;
  return h(
    "button",
    { type: "button", class: `button tool ${className}`.trim(), "data-command": name, "aria-label": label, title },
    icon(picture),
  );
}
