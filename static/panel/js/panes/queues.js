// The page for those who watch the queues: everybody who works in them, and a card for each queue with who waits and
// who works there, the one that needs somebody first.

import { AGENT_STATES, agentsOf, countStates, worstFirst } from "../agents.js";
import { clock } from "../clock.js";
import { config } from "../config.js";
import { arrange, setAttr, setHidden, setText } from "../dom.js";
import { Agent } from "../elements/agent.js";
import { Alert } from "../elements/alert.js";
import { Member, QueueCard } from "../elements/member.js";
import { Caller } from "../elements/waiting.js";
import { gettext } from "../i18n.js";
import { Keyed } from "../keyed.js";
import { oddity } from "../phantoms.js";
import { inOrder, longestCaller } from "../select.js";
import { stateWord, who } from "../words.js";
import { callersByQueue, regard } from "./waiting.js";

/** A card that changes its place is sought; so that happens at most so often, and never under the mouse. */
const REORDER_MILLISECONDS = 3000;

/** More than these are closed to begin with: fifty of them fit on one screen. */
const MOST_OPEN = 12;

/** A pause grows too long although nothing happens: so often that is looked at. */
const ODD_MILLISECONDS = 5000;

export class QueuesPane {
  #store;
  #regard;
  #root;
  #empty;
  #totals;
  #people;
  #odd;
  #turned = new Set(); // the cards that somebody has opened, or closed where all are open
  #order = []; // of the cards, by key
  #orderedAt = -Infinity;
  #later = 0;
  #cards = new Keyed(() => new QueueCard());
  #callers = new Keyed(() => new Caller());
  #members = new Keyed(() => new Member());
  #agents = new Keyed(() => new Agent());
  #alerts = new Keyed(() => new Alert());

  /**
   * `operator` is the operator's key; `totals` maps waiting, longest and `states` to the elements that show them, the
   * last of which has one for each `data-total` state; `people` holds those who work in the queues; `odd` names those of
   * them who should be looked after.
   */
  constructor({ store, operator, root, empty, totals, people, odd }) {
    this.#store = store;
    this.#regard = regard(store, operator);
    this.#root = root;
    this.#empty = empty;
    this.#totals = totals;
    this.#people = people;
    this.#odd = odd;
    root.addEventListener("pointerleave", () => this.update());
    root.addEventListener("click", (event) => this.#onClick(event));
    for (const kind of ["queue", "member", "caller", "call", "alert"]) store.watch(kind, () => this.update());
    setInterval(() => this.#drawPeople(), ODD_MILLISECONDS);
  }

  update() {
    const queues = this.#inOrder();
    const callers = this.#byQueue(this.#callerElements());
    const members = this.#byQueue(this.#memberElements());
    const alerts = this.#byQueue(this.#alertElements());
    const areOpen = queues.length <= MOST_OPEN;
    const cards = this.#cards.elements(queues, (card, row) =>
      card.show(row, {
        alerts: alerts.get(row.key) ?? [],
        callers: callers.get(row.key) ?? [],
        members: members.get(row.key) ?? [],
        open: this.#turned.has(row.key) !== areOpen,
      }),
    );
    setAttr(this.#root, "data-compact", areOpen ? null : "");
    arrange(this.#root, cards);
    setHidden(this.#empty, queues.length > 0);
    this.#drawPeople();
  }

  #onClick(event) {
    const card = event.target.closest(".title")?.closest("cb-queue-card");
    if (card == null) return;
    const { key } = card.row;
    if (!this.#turned.delete(key)) this.#turned.add(key);
    this.update();
  }

  /** The queues as they stand on the page: worst first, unless somebody is just about to press something there. */
  #inOrder() {
    const rows = this.#store.rows("queue");
    const alarmed = new Set();
    for (const row of this.#store.rows("alert").values()) if (row.acknowledged_at === null) alarmed.add(row.queue);
    const wanted = worstFirst(rows, alarmed);
    const keys = wanted.map((row) => row.key);
    if (keys.length === this.#order.length && keys.every((key, at) => key === this.#order[at])) return wanted;
    const since = performance.now() - this.#orderedAt;
    const isSame = keys.length === this.#order.length && this.#order.every((key) => rows.has(key));
    const isTouched = this.#root.matches(":hover") || this.#root.querySelector(":focus-visible") !== null;
    if (isSame && (isTouched || since < REORDER_MILLISECONDS)) {
      clearTimeout(this.#later);
      if (!isTouched) this.#later = setTimeout(() => this.update(), REORDER_MILLISECONDS - since);
      return this.#order.map((key) => rows.get(key));
    }
    this.#order = keys;
    this.#orderedAt = performance.now();
    return wanted;
  }

  #callerElements() {
    const next = longestCaller(this.#store);
    const rows = [...callersByQueue(this.#store).values()].flat();
    return this.#callers.elements(rows, (caller, row) =>
      caller.show(row, { next: row === next, ...this.#regard(row.call) }),
    );
  }

  #alertElements() {
    const rows = [...this.#store.rows("alert").values()];
    rows.sort((a, b) => a.raised_at.localeCompare(b.raised_at));
    return this.#alerts.elements(rows, (alert, row) => alert.show(row));
  }

  #memberElements() {
    return this.#members.elements(inOrder(this.#store.rows("member")), (member, row) => {
      const call = this.#store.get("call", row.call);
      member.show(row, { other: call === undefined ? "" : who(call.caller) });
    });
  }

  #byQueue(elements) {
    const queues = new Map();
    for (const element of elements) {
      const key = element.row.queue;
      if (!queues.has(key)) queues.set(key, []);
      queues.get(key).push(element);
    }
    return queues;
  }

  /** A member of three queues is one person. */
  #drawPeople() {
    const agents = agentsOf(this.#store.rows("member"));
    const odd = new Map(agents.map((agent) => [agent.key, oddity(agent, config.pauseMinutes, clock.now())]));
    const elements = this.#agents.elements(agents, (agent, row) =>
      agent.show(row, { title: this.#title(row), odd: odd.get(row.key) }),
    );
    arrange(this.#people, elements);
    const named = agents.filter(({ key }) => odd.get(key) !== "").map(({ key, name }) => `${name}: ${odd.get(key)}`);
    setText(this.#odd, named.length === 0 ? "" : [gettext("Look after"), ...named].join(" · "));
    setHidden(this.#odd, named.length === 0);
    setHidden(this.#people, agents.length === 0);
    const counts = countStates(agents);
    for (const state of AGENT_STATES) {
      const figure = this.#totals.states.querySelector(`[data-total="${state}"]`);
      setText(figure.querySelector("dd"), String(counts[state]));
      setAttr(figure, "data-zero", counts[state] === 0 ? "" : null);
    }
    setText(this.#totals.waiting, String(this.#store.rows("caller").size));
    this.#totals.longest.since = longestCaller(this.#store)?.joined_at ?? null;
  }

  #title({ name, number, queues }) {
    const lines = queues.map((row) => {
      const call = this.#store.get("call", row.call);
      const now = (row.state === "paused" && row.pause_reason) || stateWord(row.state);
      const other = call === undefined ? "" : who(call.caller);
      return [this.#store.get("queue", row.queue)?.name || row.queue, now, other].filter(Boolean).join(" · ");
    });
    return [[name, number].filter(Boolean).join(" "), ...lines].join("\n");
  }
}
