// `<cb-queue>` with its `<cb-caller>`s, `<cb-parked>` and `<cb-conference>`: the lists of those who are not with
// anybody just now. Callers in care are in kept.js.

import { Timer } from "../clock.js";
import { arrange, h, icon, setAttr, setHidden, setText } from "../dom.js";
import { telephone } from "../format.js";
import { gettext, interpolate, ngettext } from "../i18n.js";
import { hint } from "../keys.js";
import { onPbx } from "../pbxs.js";
import { claimLine } from "../story.js";
import { who } from "../words.js";
import "./note.js";
import { RowElement, commandButton } from "./row-element.js";

const WAIT_SECONDS = [60, 180];
const PARK_SECONDS = [45, 120];

/** A person who waits: name, number or what is known, timer, what others are about to do, a note, and one button. */
class Waiter extends RowElement {
  build() {
    this.place = h("span", { class: "place" });
    this.name = h("span", { class: "name" });
    this.note = h("span", { class: "note" });
    this.claim = h("span", { class: "claim", hidden: true });
    this.text = h("cb-note");
    this.timer = new Timer();
    this.setAttribute("role", "group");
    this.dataset.owner = "";
    const actions = h("span", { class: "actions" }, this.button());
    this.append(this.place, this.name, this.note, this.timer, this.claim, this.text, actions);
  }

  button() {
    return null;
  }

  /** `call` is the key of the call; `row` its row, where the operator sees it. */
  fill({ place, name, note, since, call }, { row, claim, selected = false }) {
    setText(this.place, place);
    setText(this.name, name);
    setAttr(this.name, "title", name);
    setText(this.note, note);
    setAttr(this.note, "title", note);
    this.timer.since = since;
    setHidden(this.claim, claim === undefined);
    setText(this.claim, claim === undefined ? "" : claimLine(claim));
    this.text.show(row ?? { key: call, note: "" });
    setAttr(this, "data-selected", selected ? "" : null);
    setAttr(this, "data-claimed", claim === undefined ? null : "");
    setAttr(this, "data-call", call);
    setAttr(this, "data-drag-call", call);
    setAttr(this, "data-drag-label", name);
  }
}

export class Caller extends Waiter {
  button() {
    return commandButton("take", gettext("Take"), { keys: hint("take"), className: "button small" });
  }

  /**
   * `next` marks the one whom the space bar takes; `call` is the row of the call, `claim` what another operator is
   * about to do with it, `selected` whether it is chosen.
   */
  draw(row, { next = false, ...context }) {
    this.timer.ages = WAIT_SECONDS;
    this.fill(
      {
        place: String(row.position),
        name: who(row),
        note: [row.name && telephone(row.number), priorityOf(row)].filter(Boolean).join(" · "),
        since: row.joined_at,
        call: row.call,
      },
      { row: context.call, ...context },
    );
    setAttr(this, "data-caller", row.key);
    setAttr(this, "data-position", row.position);
    setAttr(this, "data-state", "queued");
    setAttr(this, "data-drag-caller", row.key);
    setAttr(this, "data-next", next ? "" : null);
    setAttr(
      this,
      "aria-label",
      interpolate(gettext("%(who)s waits in %(queue)s, position %(position)s"), {
        who: who(row),
        queue: row.queue,
        position: row.position,
      }),
    );
  }

  args() {
    return { caller: this.row.key };
  }
}

const priorityOf = ({ priority }) =>
  priority === 0 ? "" : interpolate(gettext("priority %(count)s"), { count: priority });

export class ParkedCall extends Waiter {
  button() {
    return commandButton("unpark", gettext("Take back"), { className: "button small" });
  }

  /** Context as of a caller. */
  draw(row, context) {
    const by = row.parked_by.name || row.parked_by.number;
    const number = row.name ? telephone(row.number) : "";
    this.timer.ages = PARK_SECONDS;
    this.fill(
      {
        place: row.space,
        name: who(row),
        since: row.parked_at,
        call: row.call,
        note: by === "" ? number : interpolate(gettext("parked by %(who)s"), { who: by }),
      },
      { row: context.call, ...context },
    );
    setAttr(this, "data-parked", row.key);
    setAttr(this, "data-state", "parked");
    setAttr(this, "data-drag-parked", row.key);
    setAttr(
      this,
      "aria-label",
      interpolate(gettext("%(who)s is parked at %(space)s"), { who: who(row), space: row.space }),
    );
  }

  args() {
    return { parked: this.row.key };
  }
}

export class QueueBox extends RowElement {
  #name;
  #free;
  #waiting;
  #timer;
  #list;

  build() {
    this.#name = h("span", { class: "name" });
    this.#free = h("span", { class: "free" });
    this.#waiting = h("span", { class: "waiting" });
    this.#timer = new Timer();
    this.#timer.ages = WAIT_SECONDS;
    this.#list = h("div", { class: "callers" });
    this.dataset.owner = "";
    this.dataset.dropZone = "queue";
    this.setAttribute("role", "group");
    this.append(h("div", { class: "head" }, this.#name, this.#free, this.#waiting, this.#timer), this.#list);
  }

  /** `callers` are `<cb-caller>` elements in the order of their turns. */
  draw(row, { callers }) {
    setAttr(this, "data-queue", row.key);
    setAttr(this, "data-waiting", callers.length);
    const name = onPbx(row, row.name) || row.key;
    setText(this.#name, name);
    setAttr(this.#name, "title", name);
    setText(this.#free, interpolate(ngettext("%(free)s free", "%(free)s free", row.free), { free: row.free }));
    setAttr(this.#free, "data-none", row.free === 0 ? "" : null);
    setText(this.#waiting, String(callers.length));
    this.#timer.since = callers.length === 0 ? null : callers[0].row.joined_at;
    setAttr(
      this,
      "aria-label",
      interpolate(gettext("Queue %(name)s, %(count)s waiting, %(free)s free"), {
        name,
        count: callers.length,
        free: row.free,
      }),
    );
    arrange(this.#list, callers);
  }
}

export class ConferenceBox extends RowElement {
  #room;
  #count;
  #locked;
  #people;
  #timer;

  build() {
    this.#room = h("span", { class: "name" });
    this.#count = h("span", { class: "waiting" });
    this.#locked = h("span", { class: "locked", title: gettext("locked") }, icon("icon-lock"));
    this.#people = h("span", { class: "note" });
    this.#timer = new Timer();
    this.dataset.dropZone = "room";
    this.setAttribute("role", "group");
    this.append(h("div", { class: "head" }, this.#room, this.#locked, this.#count, this.#timer), this.#people);
  }

  draw(row) {
    const people = row.members.map(who).join(", ");
    setAttr(this, "data-conference", row.key);
    setText(this.#room, interpolate(gettext("Room %(room)s"), { room: row.room }));
    setHidden(this.#locked, !row.locked);
    setText(this.#count, String(row.members.length));
    setText(this.#people, people);
    setAttr(this.#people, "title", people);
    this.#timer.since = row.started_at;
  }
}

customElements.define("cb-caller", Caller);
customElements.define("cb-parked", ParkedCall);
customElements.define("cb-queue", QueueBox);
customElements.define("cb-conference", ConferenceBox);
