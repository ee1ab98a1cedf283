// `<cb-recording>`: says to everybody who sees a call that it is recorded.

import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { gettext } from "../i18n.js";

export class Recording extends HTMLElement {
  #shape = icon("icon-record");
  #word = h("span", {});

  connectedCallback() {
    if (this.childElementCount === 0) this.append(this.#shape, this.#word);
  }

  /** `recording` is "", "on" or "paused". */
  show(recording) {
    const word = recording === "paused" ? gettext("recording paused") : gettext("recording");
    setHidden(this, !recording);
    setAttr(this, "data-recording", recording || null);
    setAttr(this, "title", recording ? word : null);
    setIcon(this.#shape, recording === "paused" ? "icon-pause" : "icon-record");
    setText(this.#word, recording ? word : "");
  }
}

customElements.define("cb-recording", Recording);
