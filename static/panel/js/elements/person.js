// `<cb-person>`: what one wants to know of somebody before a call goes there: what they do and with whom, whether the
// phone would ring at all, voicemail, further numbers, who waits there already, and what the keys do now.

import { Timer } from "../clock.js";
import { arrange, h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { telephone } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { Keyed } from "../keyed.js";
import { onPbx } from "../pbxs.js";
import { nowLine, nowSince, stateWord } from "../words.js";
import { RowElement } from "./row-element.js";

export class PersonCard extends RowElement {
  #shape = icon("state-idle", "shape");
  #name = h("strong", { class: "name" });
  #number = h("span", { class: "number" });
  #group = h("span", { class: "group" });
  #word = h("span", { class: "word" });
  #now = h("span", { class: "now" });
  #timer = new Timer();
  #forward = h("span", { class: "forward" });
  #facts = h("span", { class: "facts" });
  #camped = h("ul", { class: "camped" });
  #numbers = h("ol", { class: "numbers" });
  #verbs = h("div", { class: "acts" });
  #campers = new Keyed(() => h("li", {}, h("span", { class: "name" }), new Timer()));
  #numberItems = new Keyed(numberItem);
  #verbItems = new Keyed(({ key }) => verbButton(key));

  build() {
    this.dataset.owner = "";
    this.append(
      h("span", { class: "whole" }, this.#shape, this.#name, this.#number, this.#group),
      h("span", { class: "line" }, this.#word, this.#now, this.#timer),
      this.#forward,
      this.#facts,
      this.#camped,
      this.#numbers,
      this.#verbs,
    );
  }

  /**
   * `row` is an extension's row. `camped` are `{key, name, since}` of who waits there; `picked` is the place of the
   * further number that is chosen, or -1; `verbs` are `{key, label, hint}`, the first of them what Enter does;
   * `forward` says where the PBX sends their calls on.
   */
  draw(row, { camped, picked = -1, verbs, forward = "" }) {
    const now = nowLine(row);
    const word = stateWord(row.state);
    setAttr(this, "data-person", row.key);
    setAttr(this, "data-state", row.state);
    setIcon(this.#shape, `state-${row.state}`);
    const number = onPbx(row, row.number);
    setText(this.#name, row.name || number);
    setAttr(this.#name, "title", row.name || number);
    setText(this.#number, row.name ? number : "");
    setText(this.#group, row.group);
    setText(this.#word, word);
    setText(this.#now, now === word ? "" : now);
    this.#timer.since = nowSince(row);
    setText(this.#forward, forward);
    setAttr(this.#forward, "title", forward || null);
    setText(this.#facts, facts(row));
    arrange(this.#camped, this.#campers.elements(camped, drawCamper));
    setHidden(this.#camped, camped.length === 0);
    const numbers = numberRows(row, picked);
    arrange(this.#numbers, this.#numberItems.elements(numbers, drawNumber));
    setHidden(this.#numbers, numbers.length === 0);
    arrange(this.#verbs, this.#verbItems.elements(verbs, drawVerb));
  }

  args() {
    return { to: this.row.key };
  }
}

/** Voicemail, how long a transfer rings: what one cannot see from the state, which says whether it is registered. */
function facts(row) {
  const parts = [row.mailbox === "" ? gettext("no voicemail") : gettext("voicemail")];
  if (row.ring_seconds > 0) parts.push(interpolate(gettext("rings %(seconds)s s"), { seconds: row.ring_seconds }));
  return parts.join(" · ");
}

function drawCamper(item, { name, since }) {
  setText(item.firstElementChild, interpolate(gettext("%(who)s waits here"), { who: name }));
  item.lastElementChild.since = since;
}

const numberRows = (row, picked) =>
  (row.numbers ?? []).map((number, at) => ({ ...number, key: String(at + 1), isPicked: at === picked }));

const numberItem = () =>
  h("li", {}, h("kbd", {}), h("span", { class: "label" }), h("span", { class: "number" }));

function drawNumber(item, { key, label, number, isPicked }) {
  const [digit, name, text] = item.children;
  setText(digit, key);
  setText(name, label || gettext("Other number"));
  setText(text, telephone(number));
  setAttr(item, "data-picked", isPicked ? "" : null);
  setAttr(item, "data-number", number);
}

const verbButton = (name) =>
  h(
    "button",
    { type: "button", class: "act", "data-command": name, tabIndex: -1 },
    h("span", { class: "label" }),
    h("kbd", { "aria-hidden": "true" }),
  );

function drawVerb(button, { label, hint }) {
  setText(button.firstElementChild, label);
  setAttr(button, "title", label);
  setText(button.lastElementChild, hint);
}

customElements.define("cb-person", PersonCard);
