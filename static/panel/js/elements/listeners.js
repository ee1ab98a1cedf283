// `<cb-listeners>`: says to everybody who may know that somebody listens to a call.

import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { listenersShape, listenersText } from "../listening.js";

export class Listeners extends HTMLElement {
  #shape = icon("icon-ear");
  #word = h("span", {});

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#shape, this.#word);
  }

  /** `rows` are those of the listeners, perhaps none. */
  show(rows) {
    const text = listenersText(rows);
    setHidden(this, text === "");
    setAttr(this, "data-mode", text === "" ? null : rows[0].mode);
    setAttr(this, "title", text || null);
    setIcon(this.#shape, listenersShape(rows));
    setText(this.#word, text);
  }
}

customElements.define("cb-listeners", Listeners);
