// `<cb-receipts>`: the voice of the panel, one sentence for each thing that was asked for. Successes fade, failures
// stay until they are dismissed (`cb-dismiss`). What can be taken back has a button for it (`cb-undo`). The words
// "done" and "failed" are in the shape, in its name for screen readers, and in the sentence.

import { arrange, h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { gettext, interpolate, ngettext } from "../i18n.js";
import { RowElement } from "./row-element.js";

const SHOWN = 3;

const MARKS = {
  done: ["icon-check", () => gettext("Done")],
  failed: ["icon-x", () => gettext("Failed")],
  unknown: ["icon-question", () => gettext("Not known")],
  note: ["icon-info", () => gettext("Note")],
};
const UNDER_WAY = ["icon-dots", () => gettext("Under way")];

class Receipt extends RowElement {
  #mark;
  #word;
  #text;
  #undo;
  #dismiss;

  build() {
    this.#mark = icon("icon-dots", "mark");
    this.#word = h("span", { class: "visually-hidden" });
    this.#text = h("span", { class: "text" });
    this.#dismiss = h(
      "button",
      {
        type: "button",
        class: "button quiet",
        "aria-label": gettext("Dismiss"),
        title: gettext("Dismiss"),
        onclick: () => this.#tell("cb-dismiss"),
      },
      icon("icon-x"),
    );
    this.#undo = h(
      "button",
      { type: "button", class: "button small undo", "data-command": "undo", onclick: () => this.#tell("cb-undo") },
      h("span", {}, gettext("Undo")),
      h("kbd", { "aria-hidden": "true" }, "Ctrl+Z"), // on the page of the queues
    );
    this.append(this.#mark, this.#word, this.#text, this.#undo, this.#dismiss);
  }

  draw(receipt) {
    const [mark, word] = MARKS[receipt.state] ?? UNDER_WAY;
    setAttr(this, "data-receipt", receipt.key);
    setAttr(this, "data-state", receipt.state);
    setIcon(this.#mark, mark);
    setText(this.#word, `${word()}: `);
    setText(this.#text, receipt.text);
    setAttr(this.#text, "title", receipt.text);
    setHidden(this.#dismiss, !stays(receipt));
    setHidden(this.#undo, !receipt.canUndo);
  }

  #tell(name) {
    this.dispatchEvent(new CustomEvent(name, { bubbles: true, detail: { key: this.row.key } }));
  }
}

/** Failures, and what nobody knows, stay until somebody has seen them. */
export const stays = (receipt) => receipt.state === "failed" || receipt.state === "unknown";

export class Receipts extends HTMLElement {
  #items = new Map();
  #list = h("div", { class: "list" });
  #more = h("span", { class: "more", hidden: true });
  #empty = h("span", { class: "empty" }, gettext("What you do is confirmed here."));

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#empty, this.#list, this.#more);
  }

  /** `receipts` newest first. The ones that fit are shown, failures before others. */
  show(receipts) {
    const shown = [...receipts].sort((a, b) => Number(stays(b)) - Number(stays(a)) || b.at - a.at).slice(0, SHOWN);
    for (const key of [...this.#items.keys()])
      if (!shown.some((receipt) => receipt.key === key)) this.#items.delete(key);
    const elements = shown.map((receipt) => {
      const item = this.#items.get(receipt.key) ?? document.createElement("cb-receipt");
      this.#items.set(receipt.key, item);
      item.show(receipt);
      return item;
    });
    arrange(this.#list, elements);
    const more = receipts.length - shown.length;
    setHidden(this.#empty, shown.length > 0);
    setHidden(this.#more, more === 0);
    setText(
      this.#more,
      more === 0 ? "" : interpolate(ngettext("and %(count)s more", "and %(count)s more", more), { count: more }),
    );
  }
}

customElements.define("cb-receipt", Receipt);
customElements.define("cb-receipts", Receipts);
