// `<cb-listening>`: the operator's own listening to a call, with the ways to change it and to end it.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setIcon, setText } from "../dom.js";
import { gettext, interpolate } from "../i18n.js";
import { MODES, SHAPES } from "../listening.js";
import { who } from "../words.js";
import { RowElement, commandButton } from "./row-element.js";

const WORDS = {
  listen: () => gettext("You are listening to %(who)s"),
  whisper: () => gettext("You are whispering to %(who)s"),
  barge: () => gettext("You are in the call of %(who)s"),
};
const LABELS = {
  listen: () => gettext("Listen"),
  whisper: () => gettext("Whisper"),
  barge: () => gettext("Join in"),
};
const HEARD = {
  listen: () => gettext("Nobody hears you"),
  whisper: () => gettext("Only the one you listen to hears you"),
  barge: () => gettext("Everybody in the call hears you"),
};

export class Listening extends RowElement {
  #shape = icon("icon-ear", "shape");
  #word = h("strong", { class: "name" });
  #heard = h("span", { class: "heard" });
  #timer = new Timer();
  #modes;

  build() {
    this.setAttribute("role", "group");
    this.dataset.owner = "";
    this.#modes = MODES.map((mode) => commandButton(mode, LABELS[mode](), { title: HEARD[mode]() })).filter(Boolean);
    this.append(
      h("span", { class: "line" }, this.#shape, this.#word, this.#timer),
      this.#heard,
      h("span", { class: "actions" }, this.#modes, commandButton("listen_end", gettext("Stop listening"))),
    );
  }

  draw(row) {
    const mode = WORDS[row.mode] === undefined ? "listen" : row.mode;
    setAttr(this, "data-listening", row.key);
    setAttr(this, "data-mode", mode);
    setIcon(this.#shape, SHAPES[mode]);
    setText(this.#word, interpolate(WORDS[mode](), { who: who(row.to) }));
    setText(this.#heard, HEARD[mode]());
    this.#timer.since = row.since_at;
    setAttr(this, "aria-label", this.#word.textContent);
    for (const button of this.#modes) {
      const isNow = button.dataset.command === row.mode;
      setAttr(button, "aria-pressed", String(isNow));
      setAttr(button, "aria-disabled", isNow ? "true" : null);
    }
  }

  args(name) {
    return name === "listen_end" ? {} : { call: this.row.call, party: this.row.party };
  }
}

customElements.define("cb-listening", Listening);
