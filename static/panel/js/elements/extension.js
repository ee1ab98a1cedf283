// `<cb-extension>`: the tile of one phone. Two lines: who it is, and what is going on now.

import { Timer } from "../clock.js";
import { h, icon, setAttr, setHidden, setText } from "../dom.js";
import { forwardSentences, forwardSign } from "../forwards.js";
import { gettext, interpolate, ngettext } from "../i18n.js";
import { listenersText } from "../listening.js";
import { onPbx } from "../pbxs.js";
import { ringingCall } from "../select.js";
import { foremost, nowLine, nowQueue, nowSince, stateWord } from "../words.js";
import { Listeners } from "./listeners.js";
import { Recording } from "./recording.js";
import { RowElement, commandButton } from "./row-element.js";

export class ExtensionTile extends RowElement {
  #name;
  #number;
  #now;
  #queue;
  #forward;
  #more;
  #timer;
  #mail;
  #camped;
  #recording;
  #listeners;

  build() {
    this.#name = h("span", { class: "name" });
    this.#number = h("span", { class: "number" });
    this.#now = h("span", { class: "now" });
    this.#queue = h("span", { class: "queue" });
    this.#forward = h("span", { class: "forward", hidden: true });
    this.#more = h("span", { class: "more", hidden: true });
    this.#timer = new Timer();
    this.setAttribute("role", "listitem");
    this.dataset.owner = "";
    const second = h("span", { class: "second" }, this.#now, this.#queue, this.#forward, this.#more, this.#timer);
    this.append(h("i", { class: "shape" }), this.#name, this.#number, second, actions());
  }

  /**
   * `mailbox` is the row of the voicemail box, `own` says that it is the operator's own phone; `recording` is that of
   * the call at the phone, `listeners` the rows of those who listen to it.
   */
  draw(row, { mailbox, own = false, recording = "", listeners = [] }) {
    const name = row.name || onPbx(row, row.number);
    const queue = nowQueue(row);
    const now = nowLine(row);
    setAttr(this, "data-extension", row.key);
    setAttr(this, "data-state", row.state);
    setAttr(this, "data-ringing", ringingCall(row) === undefined ? null : "");
    setAttr(this, "data-own", own ? "" : null);
    setText(this.#name, name);
    setAttr(this.#name, "title", name);
    setText(this.#number, row.name ? onPbx(row, row.number) : "");
    setText(this.#now, now);
    setAttr(this.#now, "title", now);
    setText(this.#queue, queue);
    setAttr(
      this.#queue,
      "title",
      queue === "" ? null : interpolate(gettext("came from the queue %(queue)s"), { queue }),
    );
    const forward = forwardSentences(row);
    const sign = forwardSign(row);
    setHidden(this.#forward, sign === "");
    setText(this.#forward, sign);
    setAttr(this.#forward, "title", forward || null);
    setAttr(this.#now, "data-direction", foremost(row.calls)?.direction ?? null);
    this.#timer.since = nowSince(row);
    const more = row.calls.length - 1;
    setHidden(this.#more, more < 1);
    setText(this.#more, `+${more}`);
    const mail = mailbox?.new ?? 0;
    const camped = row.camped?.length ?? 0;
    this.#drawMail(mail);
    this.#drawCamped(camped);
    this.#drawRecording(recording);
    this.#drawListeners(listeners);
    setAttr(
      this,
      "aria-label",
      [
        name,
        row.name && onPbx(row, row.number),
        stateWord(row.state),
        now,
        queue,
        forward,
        listenersText(listeners),
        campedTitle(camped),
        mailTitle(mail),
      ]
        .filter((part, at, parts) => part && part !== parts[at - 1])
        .join(", "),
    );
  }

  // Few tiles ever need these badges: each is made when it is first needed, and there only as long as it is.

  #drawMail(count) {
    if (count === 0) return this.#mail?.remove();
    this.#mail ??= h("span", { class: "mail" }, h("i", { class: "envelope" }), h("span"));
    if (this.#mail.parentNode === null) this.#timer.after(this.#mail);
    setText(this.#mail.lastElementChild, String(count));
    setAttr(this.#mail, "title", mailTitle(count));
  }

  #drawCamped(count) {
    if (count === 0) return this.#camped?.remove();
    this.#camped ??= h("span", { class: "camped" }, icon("state-camped"), h("span"));
    if (this.#camped.parentNode === null) this.#timer.before(this.#camped);
    setText(this.#camped.lastElementChild, String(count));
    setAttr(this.#camped, "title", campedTitle(count));
  }

  #drawRecording(recording) {
    if (!recording) return this.#recording?.remove();
    this.#recording ??= new Recording();
    if (this.#recording.parentNode === null) (this.#listeners ?? this.#more).after(this.#recording);
    this.#recording.show(recording);
  }

  #drawListeners(listeners) {
    if (listeners.length === 0 && this.#listeners === undefined) return;
    if (this.#listeners === undefined) this.#more.after((this.#listeners = new Listeners()));
    this.#listeners.show(listeners);
  }

  args(name) {
    if (name === "pickup") return { call: ringingCall(this.row)?.call ?? "" };
    return { to: this.row.key }; // a transfer's call is the one in hand, and the board knows it
  }
}

/**
 * All of them are always there: style sheets show the ones that make sense now, so that a call that begins touches no
 * tile.
 */
function actions() {
  return h(
    "span",
    { class: "actions" },
    commandButton("pickup", gettext("Pick up"), { className: "button small" }),
    commandButton("transfer", gettext("Transfer here"), { className: "button small" }),
    commandButton("call", gettext("Call"), { className: "button small" }),
  );
}

const mailTitle = (count) =>
  count > 0 ? interpolate(ngettext("%(count)s new message", "%(count)s new messages", count), { count }) : null;

const campedTitle = (count) =>
  count > 0
    ? interpolate(ngettext("%(count)s caller waits here", "%(count)s callers wait here", count), { count })
    : null;

customElements.define("cb-extension", ExtensionTile);
