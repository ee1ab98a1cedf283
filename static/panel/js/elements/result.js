// `<cb-result>`: one line of the search results, a person or the number that was typed.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setIcon, setText } from "../dom.js";
import { onPbx } from "../pbxs.js";
import { nowLine, nowSince } from "../words.js";
import { RowElement } from "./row-element.js";

export class Result extends RowElement {
  #shape;
  #name;
  #number;
  #group;
  #now;
  #timer;
  #does;

  build() {
    this.#shape = icon("state-idle", "shape");
    this.#name = h("span", { class: "name" });
    this.#number = h("span", { class: "number" });
    this.#group = h("span", { class: "group" });
    this.#now = h("span", { class: "now" });
    this.#timer = new Timer();
    this.#does = h("span", { class: "does" }, h("span", { class: "verb" }), h("kbd", {}, "⏎"));
    this.setAttribute("role", "option");
    this.append(this.#shape, this.#name, this.#number, this.#group, this.#now, this.#timer, this.#does);
  }

  /**
   * `row` is an extension's row, or `{key, dial}` for a number; `verb` is what Enter does, `chosen` whether Enter
   * does it here.
   */
  draw(row, { verb, chosen }) {
    const dial = row.dial !== undefined;
    setAttr(this, "data-result", row.key);
    setAttr(this, "data-state", dial ? "dial" : row.state);
    setAttr(this, "aria-selected", String(chosen));
    setIcon(this.#shape, dial ? "icon-phone" : `state-${row.state}`);
    setText(this.#name, dial ? verb : row.name || onPbx(row, row.number));
    setAttr(this.#name, "title", dial ? null : row.name);
    setText(this.#number, dial || !row.name ? "" : onPbx(row, row.number));
    setText(this.#group, dial ? "" : row.group);
    setText(this.#now, dial ? "" : nowLine(row));
    this.#timer.since = dial ? null : nowSince(row);
    setText(this.#does.firstElementChild, dial ? "" : verb);
  }
}

customElements.define("cb-result", Result);
