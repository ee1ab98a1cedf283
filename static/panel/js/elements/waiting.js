// `<cb-queue>` with its `<cb-caller>`s, `<cb-parked>`, `<cb-held>` and `<cb-conference>`: the lists of those who are
// not with anybody just now.

import { Timer } from "../clock.js";
import { arrange, h, icon, setAttr, setHidden, setText } from "../dom.js";
import { telephone } from "../format.js";
import { gettext, interpolate, ngettext } from "../i18n.js";
import { who } from "../words.js";
import { RowElement, commandButton } from "./row-element.js";

const WAIT_SECONDS = [60, 180];
const PARK_SECONDS = [45, 120];

/** A person who waits: name, number or note, timer, and one button. */
class Waiter extends RowElement {
  build() {
    this.place = h("span", { class: "place" });
    this.name = h("span", { class: "name" });
    this.note = h("span", { class: "note" });
    this.timer = new Timer();
    this.setAttribute("role", "group");
    this.dataset.owner = "";
    this.append(this.place, this.name, this.note, this.timer, h("span", { class: "actions" }, this.button()));
  }

  button() {
    return null;
  }

  fill({ place, name, note, since, call }) {
    setText(this.place, place);
    setText(this.name, name);
    setAttr(this.name, "title", name);
    setText(this.note, note);
    setAttr(this.note, "title", note);
    this.timer.since = since;
    setAttr(this, "data-call", call);
    setAttr(this, "data-drag-call", call);
    setAttr(this, "data-drag-label", name);
  }
}

export class Caller extends Waiter {
  button() {
    return commandButton("take", gettext("Take"), { keys: gettext("Space"), className: "button small" });
  }

  /** `next` marks the one whom the space bar takes. */
  draw(row, { next = false }) {
    this.timer.ages = WAIT_SECONDS;
    this.fill({
      place: String(row.position),
      name: who(row),
      note: row.name ? telephone(row.number) : "",
      since: row.joined_at,
      call: row.call,
    });
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

export class ParkedCall extends Waiter {
  button() {
    return commandButton("unpark", gettext("Take back"), { className: "button small" });
  }

  draw(row) {
    const by = row.parked_by.name || row.parked_by.number;
    this.timer.ages = PARK_SECONDS;
    this.fill({
      place: row.space,
      name: who(row),
      since: row.parked_at,
      call: row.call,
      note:
        by === "" ? (row.name ? telephone(row.number) : "") : interpolate(gettext("parked by %(who)s"), { who: by }),
    });
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

/** A call that somebody else holds. */
export class HeldCall extends Waiter {
  draw(row, { holder = "" }) {
    this.timer.ages = PARK_SECONDS;
    this.fill({
      place: "",
      name: who(row.caller),
      since: row.state_at,
      call: row.key,
      note: holder === "" ? "" : interpolate(gettext("held by %(who)s"), { who: holder }),
    });
    setAttr(this, "data-state", "held");
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
    this.setAttribute("role", "group");
    this.append(h("div", { class: "head" }, this.#name, this.#free, this.#waiting, this.#timer), this.#list);
  }

  /** `callers` are `<cb-caller>` elements in the order of their turns. */
  draw(row, { callers }) {
    setAttr(this, "data-queue", row.key);
    setAttr(this, "data-waiting", callers.length);
    setText(this.#name, row.name || row.key);
    setAttr(this.#name, "title", row.name || row.key);
    setText(this.#free, interpolate(ngettext("%(free)s free", "%(free)s free", row.free), { free: row.free }));
    setAttr(this.#free, "data-none", row.free === 0 ? "" : null);
    setText(this.#waiting, String(callers.length));
    this.#timer.since = callers.length === 0 ? null : callers[0].row.joined_at;
    setAttr(
      this,
      "aria-label",
      interpolate(gettext("Queue %(name)s, %(count)s waiting, %(free)s free"), {
        name: row.name || row.key,
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
customElements.define("cb-held", HeldCall);
customElements.define("cb-queue", QueueBox);
customElements.define("cb-conference", ConferenceBox);
