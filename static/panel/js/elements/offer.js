// `<cb-offer>`: why a caller came back, and who could have the call instead. Enter sends to the one that is chosen.

import { arrange, h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { gettext, interpolate } from "../i18n.js";
import { Keyed } from "../keyed.js";
import { whyBack } from "../story.js";

export class Offer extends HTMLElement {
  #why = h("span", { class: "text" });
  #list = h("div", { class: "ways", role: "group", "aria-label": gettext("Send to somebody else") });
  #ways = new Keyed(() => this.#button());

  connectedCallback() {
    if (this.childElementCount === 0)
      this.append(h("p", { class: "why" }, icon("icon-back"), this.#why), this.#list);
  }

  /** `back` is `{reason, target}`; `ways` as in ways.js, and `at` the chosen one of them, or -1 for none. */
  show({ back, ways, at }) {
    setText(this.#why, interpolate(gettext("Back: %(why)s"), { why: whyBack(back.reason, back.target) }));
    arrange(
      this.#list,
      this.#ways.elements(ways, (button, way) => this.#fill(button, way, ways.indexOf(way) === at)),
    );
    setHidden(this.#list, ways.length === 0);
  }

  #button() {
    const button = h(
      "button",
      { type: "button", class: "way", onclick: () => this.#choose(button.way) },
      icon("state-idle", "shape"),
      h("span", { class: "label" }),
      h("span", { class: "detail" }),
      h("kbd", { "aria-hidden": "true" }, "⏎"),
    );
    return button;
  }

  #fill(button, way, chosen) {
    const [shape, label, detail] = button.children;
    button.way = way;
    setIcon(shape, way.icon);
    setText(label, way.label);
    setText(detail, way.detail);
    setAttr(button, "title", way.detail === "" ? way.label : `${way.label} · ${way.detail}`);
    setAttr(button, "data-way", way.key);
    setAttr(button, "data-chosen", chosen ? "" : null);
  }

  #choose({ name, args }) {
    this.dispatchEvent(new CustomEvent("cb-command", { bubbles: true, detail: { name, args, from: this } }));
  }
}

customElements.define("cb-offer", Offer);
