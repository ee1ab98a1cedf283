// Everybody who works in the queues: a square for each person, a member of three queues once, and how many are in
// which state. Of a thousand people only those are looked at of whom something changed.

import { AGENT_STATES, agentOf, personKey } from "../agents.js";
import { clock } from "../clock.js";
import { config } from "../config.js";
import { arrange, setAttr, setHidden, setText } from "../dom.js";
import { Agent } from "../elements/agent.js";
import { gettext } from "../i18n.js";
import { listenersByExtension } from "../listening.js";
import { oddity } from "../phantoms.js";
import { inOrder } from "../select.js";
import { loanLine, stateWord, who } from "../words.js";

/** A pause grows too long although nothing happens: so often that is looked at. */
const ODD_MILLISECONDS = 5000;

export class AgentsPane {
  #store;
  #root;
  #totals;
  #odd;
  #people = new Map(); // by key: {rows, agent, odd, element}; `rows` are the person's rows of members by key
  #personOf = new Map(); // the person's key by the member's
  #listeners = new Map(); // by extension
  #counts = new Map(AGENT_STATES.map((state) => [state, 0]));

  /**
   * `root` holds the squares; `totals` has an element for each `data-total` state; `odd` names those who
   * should be looked after.
   */
  constructor({ store, root, totals, odd }) {
    this.#store = store;
    this.#root = root;
    this.#totals = totals;
    this.#odd = odd;
    store.watchTogether(["queue", "member", "call", "listening"], (changes) => this.#onChanges(changes));
    setInterval(() => this.#look(), ODD_MILLISECONDS);
    // The tab key goes to one of them; the arrows walk on (walk.js).
    root.addEventListener("focusin", ({ target }) => this.#stopAt(target.closest("cb-agent")));
  }

  #onChanges(changes) {
    const touched = new Set();
    for (const [key, row] of changes("member")) for (const person of this.#put(key, row)) touched.add(person);
    // What a square says when it is pointed at: names of queues, and of those who are talked to.
    if (changes("queue").size > 0 || changes("call").size > 0)
      for (const person of this.#people.values())
        for (const row of person.rows.values())
          if (changes("queue").has(row.queue) || changes("call").has(row.call)) touched.add(person);
    if (changes("listening").size > 0) for (const person of this.#onListening()) touched.add(person);
    let isUnsorted = false;
    for (const person of touched) isUnsorted = this.#draw(person) || isUnsorted;
    if (isUnsorted) this.#sort();
    this.#drawTotals();
    this.#drawOdd();
  }

  /** Takes in who listens to whom. Returns the people whom that concerns. */
  #onListening() {
    const before = this.#listeners;
    this.#listeners = listenersByExtension(this.#store);
    return [...this.#people.values()].filter(({ agent }) => before.has(agent?.number) || this.#listeners.has(agent?.number));
  }

  /** Takes a member's row in. Returns the people whom that concerns. */
  #put(key, row) {
    const before = this.#people.get(this.#personOf.get(key));
    const now = row === undefined ? undefined : this.#person(personKey(row));
    if (before !== undefined && before !== now) before.rows.delete(key);
    if (now === undefined) this.#personOf.delete(key);
    else {
      now.rows.set(key, row);
      this.#personOf.set(key, now.key);
    }
    return [before, now].filter((person) => person !== undefined);
  }

  #person(key) {
    if (!this.#people.has(key)) this.#people.set(key, { key, rows: new Map(), agent: null, odd: "", element: new Agent() });
    return this.#people.get(key);
  }

  /** Shows what a person is now. Returns whether the squares have to be put in order again. */
  #draw(person) {
    const before = person.agent;
    if (before !== null) this.#counts.set(before.state, this.#counts.get(before.state) - 1);
    if (person.rows.size === 0) {
      this.#people.delete(person.key);
      return true;
    }
    person.agent = agentOf(person.key, person.rows);
    this.#counts.set(person.agent.state, this.#counts.get(person.agent.state) + 1);
    person.odd = oddity(person.agent, config.pauseMinutes, clock.now());
    person.element.show(person.agent, {
      title: this.#title(person.agent),
      listeners: this.#listeners.get(person.agent.number) ?? [],
      odd: person.odd,
    });
    return before === null || before.name !== person.agent.name;
  }

  /** Who has become odd although nothing happened: a pause that grows too long. */
  #look() {
    for (const person of this.#people.values())
      if (oddity(person.agent, config.pauseMinutes, clock.now()) !== person.odd) this.#draw(person);
    this.#drawOdd();
  }

  #drawOdd() {
    const odd = inOrder(new Map([...this.#people].filter(([, { odd }]) => odd !== "").map(([key, { agent }]) => [key, agent])));
    const named = odd.map(({ key, name }) => `${name}: ${this.#people.get(key).odd}`);
    setText(this.#odd, named.length === 0 ? "" : [gettext("Look after"), ...named].join(" · "));
    setAttr(this.#odd, "title", named.join("\n"));
    setHidden(this.#odd, named.length === 0);
  }

  #stopAt(element) {
    for (const each of this.#root.children) each.tabIndex = each === element ? 0 : -1;
  }

  #sort() {
    const agents = inOrder(new Map([...this.#people.values()].map(({ key, agent }) => [key, agent])));
    arrange(
      this.#root,
      agents.map(({ key }) => this.#people.get(key).element),
    );
    setHidden(this.#root, agents.length === 0);
    this.#stopAt(this.#root.querySelector("[tabindex='0']:is(:focus, :focus-within)") ?? this.#root.firstElementChild);
  }

  #drawTotals() {
    for (const [state, count] of this.#counts) {
      const figure = this.#totals.querySelector(`[data-total="${state}"]`);
      setText(figure.querySelector("dd"), String(count));
      setAttr(figure, "data-zero", count === 0 ? "" : null);
    }
  }

  #title({ name, number, queues }) {
    const lines = queues.map((row) => {
      const call = this.#store.get("call", row.call);
      const now = (row.state === "paused" && row.pause_reason) || stateWord(row.state);
      const other = call === undefined ? "" : who(call.caller);
      const queue = this.#store.get("queue", row.queue)?.name || row.queue;
      return [queue, now, other, loanLine(row)].filter(Boolean).join(" · ");
    });
    return [[name, number].filter(Boolean).join(" "), ...lines].join("\n");
  }
}
