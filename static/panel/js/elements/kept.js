// `<cb-held>`: a caller in care: on hold, camping, on the way to somebody, coming back. Says who is responsible, for
// whom, since when; the longer it lasts the stronger it says so, by shape, by word and by weight.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { gettext, interpolate } from "../i18n.js";
import { careLine, careNote, claimLine } from "../story.js";
import { who } from "../words.js";
import "./note.js";
import { Recording } from "./recording.js";
import { RowElement, commandButton } from "./row-element.js";

const REMIND_SECONDS = [45, 120];
const REMINDED = new Set(["hold", "camp"]);

const SHAPES = {
  hold: "state-held",
  camp: "state-camped",
  transfer: "state-ringing",
  serial: "state-dialling",
  take: "state-ringing",
  return: "state-returning",
};

export class KeptCall extends RowElement {
  #shape = icon("state-held", "shape");
  #name = h("span", { class: "name" });
  #where = h("span", { class: "where" });
  #note = h("span", { class: "note" });
  #claim = h("span", { class: "claim", hidden: true });
  #timer = new Timer();
  #recording = new Recording();
  #text = h("cb-note");
  #keys = h("kbd", { "aria-hidden": "true" });
  #button;

  build() {
    this.setAttribute("role", "group");
    this.dataset.owner = "";
    this.#button = commandButton("retrieve", gettext("Take"), { keys: " ", className: "button small" });
    this.append(
      this.#shape,
      this.#name,
      this.#timer,
      h("span", { class: "lines" }, reminders(), this.#where, this.#note, this.#recording),
      this.#keys,
      this.#claim,
      this.#text,
      h("span", { class: "actions" }, this.#button),
    );
  }

  /**
   * `person` is the caller; `claim` what another operator is about to do; `keys` the key that takes this one, or "";
   * `selected` whether it is chosen; `holder` the name of who holds it at their own phone (without care);
   * `canTake` whether it can be brought here; `sent` that it is the operator's own, on the way; `own` the operator's
   * extension.
   */
  draw(row, { person, claim, keys = "", selected = false, holder = "", canTake = false, sent = false, own }) {
    const { care } = row;
    const where = care ? careLine(care) : "";
    const note = care ? careNote(care, own) : interpolate(gettext("held by %(who)s"), { who: holder });
    this.#timer.ages = REMINDED.has(care?.kind) ? REMIND_SECONDS : [];
    this.#timer.since = care?.since_at ?? row.state_at;
    setAttr(this, "data-call", row.key);
    setAttr(this, "data-state", "held");
    setAttr(this, "data-care", care?.kind ?? "phone");
    setAttr(this, "data-selected", selected ? "" : null);
    setAttr(this, "data-claimed", claim === undefined ? null : "");
    setAttr(this, "data-drag-call", row.key);
    setAttr(this, "data-drag-party", care?.party ?? null);
    setAttr(this, "data-drag-label", who(person));
    setIcon(this.#shape, SHAPES[care?.kind] ?? "state-held");
    setText(this.#name, who(person));
    setAttr(this.#name, "title", who(person));
    setText(this.#where, where);
    setAttr(this.#where, "title", where || null);
    setText(this.#note, sent ? "" : note);
    setAttr(this.#note, "title", note || null);
    setHidden(this.#claim, claim === undefined);
    setText(this.#claim, claim === undefined ? "" : claimLine(claim));
    this.#recording.show(row.recording);
    this.#text.show(row);
    setText(this.#keys, canTake && !sent ? keys : "");
    this.#drawButton(canTake, sent, keys);
    setAttr(this, "aria-label", [who(person), where, note, claim && claimLine(claim)].filter(Boolean).join(", "));
  }

  #drawButton(canTake, sent, keys) {
    if (this.#button === null) return;
    setHidden(this.#button, !canTake);
    setText(this.#button.firstElementChild, sent ? gettext("Fetch back") : gettext("Take"));
    setText(this.#button.lastElementChild, sent ? keys : "");
  }

  args() {
    return { call: this.row.key };
  }
}

/** The style sheet shows the one for the age that the timer has. */
const reminders = () => [
  h("span", { class: "reminder", "data-for-age": "1" }, icon("icon-clock"), gettext("waits long")),
  h("span", { class: "reminder", "data-for-age": "2" }, icon("icon-warning"), gettext("waits too long")),
];

customElements.define("cb-held", KeptCall);
