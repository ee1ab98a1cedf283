// `<cb-alert>`: a threshold that a queue has passed: what is wrong, since when, and who has taken note of it.

import { Timer } from "../clock.js";
import { config } from "../config.js";
import { h, icon, setAttr, setHidden, setText } from "../dom.js";
import { gettext, interpolate } from "../i18n.js";
import { RowElement } from "./row-element.js";

export class Alert extends RowElement {
  #text = h("span", { class: "text" });
  #by = h("span", { class: "by" });
  #timer = new Timer();
  #button = h("button", { type: "button", class: "button", "data-acknowledge": "" }, gettext("Acknowledge"));

  build() {
    this.setAttribute("role", "listitem");
    this.#button.addEventListener("click", () =>
      this.dispatchEvent(new CustomEvent("cb-acknowledge", { bubbles: true, detail: { key: this.row.key } })),
    );
    this.append(icon("icon-warning"), this.#text, this.#timer, this.#by, this.#button);
  }

  draw(row) {
    const isAcknowledged = row.acknowledged_at !== null;
    setAttr(this, "data-alert", row.key);
    setAttr(this, "data-acknowledged", isAcknowledged ? "" : null);
    setText(this.#text, row.text);
    this.#timer.since = row.raised_at;
    setText(this.#by, isAcknowledged ? interpolate(gettext("seen by %(who)s"), { who: row.acknowledged_by }) : "");
    setHidden(this.#by, !isAcknowledged);
    setHidden(this.#button, isAcknowledged || !config.mayAcknowledge);
  }
}

customElements.define("cb-alert", Alert);
