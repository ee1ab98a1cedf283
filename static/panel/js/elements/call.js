// `<cb-call>`: one of my calls, with everything that one looks for before deciding where it goes.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setIcon, setText } from "../dom.js";
import { telephone } from "../format.js";
import { gettext, interpolate } from "../i18n.js";
import { hint } from "../keys.js";
import { claimLine, storyLine } from "../story.js";
import { stateWord, who } from "../words.js";
import { Listeners } from "./listeners.js";
import "./note.js";
import "./offer.js";
import { Recording } from "./recording.js";
import { RowElement, commandButton, toolButton } from "./row-element.js";
import "./tones.js";

export class CallCard extends RowElement {
  #shape = icon("state-talking", "shape");
  #word = h("span", { class: "word" });
  #timer = new Timer();
  #recording = new Recording();
  #listeners = new Listeners();
  #claim = h("span", { class: "claim", hidden: true });
  #name = h("strong", { class: "name" });
  #number = h("span", { class: "number" });
  #story = h("span", { class: "story" });
  #note = h("cb-note");
  #offer = h("cb-offer", { hidden: true });
  #hint = h("span", { class: "hint", hidden: true });
  #tones = h("cb-tones");
  #mute;

  build() {
    this.setAttribute("role", "group");
    this.dataset.owner = "";
    this.#mute = toolButton("mute", "icon-mic", gettext("Mute"), hint("mobile"));
    this.append(
      h("span", { class: "line" }, this.#shape, this.#word, this.#timer),
      this.#name,
      this.#number,
      this.#recording,
      this.#listeners,
      this.#story,
      this.#note,
      this.#claim,
      this.#offer,
      this.#hint,
      this.#actions(),
      this.#tools(),
      this.#tones,
    );
  }

  #actions() {
    return h(
      "span",
      { class: "actions" },
      commandButton("transfer", gettext("Transfer"), {
        keys: hint("enter"),
        className: "button main",
        title: gettext("Then type a name, or click on a person"),
      }),
      commandButton("answer", gettext("Answer"), { keys: hint("take"), className: "button main" }),
      commandButton("retrieve", gettext("Take"), { keys: hint("take"), className: "button main" }),
      commandButton("consult", gettext("Ask first"), {
        keys: hint("ask"),
        title: gettext("The caller hears music; then type whom to ask"),
      }),
      commandButton("hold", gettext("Hold"), { keys: hint("hold") }),
      commandButton("park", gettext("Park"), { keys: hint("park") }),
    );
  }

  #tools() {
    return h(
      "span",
      { class: "tools" },
      this.#mute,
      toolButton("record", "icon-record", gettext("Record")),
      toolButton("record_pause", "icon-pause", gettext("Pause recording")),
      toolButton("record_resume", "icon-record", gettext("Go on recording")),
      toolButton("record_stop", "icon-stop", gettext("Stop recording")),
      toolButton("dtmf", "icon-tones", gettext("Send tones"), hint("tones")),
      toolButton("note", "icon-note", gettext("Note"), hint("note")),
      toolButton("hangup", "icon-hangup", gettext("Hang up"), hint("hangup"), "danger"),
    );
  }

  /**
   * `party` is the operator's own leg, `other` the Person at the other end, `inHand` whether a transfer would move
   * this call, `own` the operator's extension, `nameOf` as in story.js, `claim` what another operator does with it,
   * `offer` who else could have it (see offer.js), `canAnswer` whether the phone can be told to answer, and `listeners`
   * who listens to the operator in it.
   */
  draw(row, { party, other, inHand, own, nameOf, claim, offer, canAnswer, listeners = [] }) {
    const state = party?.state ?? (row.care ? "held" : row.state);
    const incoming = state === "ringing" && party?.role === "called";
    const back = row.care?.kind === "return";
    setAttr(this, "data-call", row.key);
    setAttr(this, "data-state", row.state);
    setAttr(this, "data-mine", state);
    setAttr(this, "data-back", back ? "" : null);
    setAttr(this, "data-in-hand", inHand ? "" : null);
    setAttr(this, "data-drag-call", row.key);
    setAttr(this, "data-drag-label", who(other));
    setAttr(this, "data-muted", party?.muted ? "" : null);
    setAttr(this, "data-recording", row.recording || null);
    setAttr(this, "data-answers", canAnswer ? "" : null);
    setIcon(this.#shape, `state-${state}`);
    setText(this.#word, wordFor(state, incoming, back));
    this.#timer.since = party?.state_at ?? row.care?.since_at ?? row.state_at;
    this.#drawPerson(row, other, storyLine(row, own, nameOf));
    this.#recording.show(row.recording);
    this.#listeners.show(listeners);
    this.#note.show(row);
    setHidden(this.#claim, claim === undefined);
    setText(this.#claim, claim === undefined ? "" : claimLine(claim));
    setHidden(this.#offer, offer === undefined);
    if (offer !== undefined) this.#offer.show(offer);
    setHidden(this.#hint, !incoming || canAnswer);
    setText(this.#hint, incoming && !canAnswer ? gettext("Answer on your phone.") : "");
    this.#drawMute(party?.muted);
    this.#tones.show(row);
    setAttr(
      this,
      "aria-label",
      interpolate(gettext("My call: %(who)s, %(state)s"), { who: who(other), state: this.#word.textContent }),
    );
  }

  #drawPerson(row, other, story) {
    setText(this.#name, who(other));
    setAttr(this.#name, "title", who(other));
    setText(this.#number, other.name ? telephone(other.number) : "");
    setText(this.#story, story);
    setAttr(this.#story, "title", story || null);
  }

  #drawMute(muted) {
    if (this.#mute === null) return;
    const label = muted ? gettext("Unmute: nobody hears you") : gettext("Mute");
    setAttr(this.#mute, "data-command", muted ? "unmute" : "mute");
    setAttr(this.#mute, "aria-label", label);
    setAttr(this.#mute, "title", [label, hint("mobile") && `(${hint("mobile")})`].filter(Boolean).join(" "));
    setIcon(this.#mute.firstElementChild, muted ? "icon-mic-off" : "icon-mic");
  }

  /** Opens the field for tones, or closes it. */
  tones() {
    this.#tones.toggle();
  }

  args() {
    return { call: this.row.key };
  }
}

function wordFor(state, incoming, back) {
  if (back) return incoming ? gettext("comes back") : gettext("comes back soon");
  return incoming ? gettext("calls you") : stateWord(state);
}

customElements.define("cb-call", CallCard);
