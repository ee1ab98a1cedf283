// Who works in the queues: one person, in however many of them. Pure; rows of members in, people out.

import { inOrder } from "./select.js";

/** What one is shown as who is several of these, the first of them that is there. */
export const AGENT_STATES = ["talking", "ringing", "wrapup", "busy", "free", "paused", "away", "unknown"];

/**
 * The people behind the rows of `members` (a Map), by name: `{key, name, number, state, member, queues}`. `member` is the
 * row that gives the state, `queues` are all the rows of the person.
 */
export function agentsOf(members) {
  const people = new Map();
  for (const row of inOrder(members)) {
    const key = row.extension || row.interface;
    const queues = people.get(key) ?? [];
    people.set(key, [...queues, row]);
  }
  return [...people].map(([key, queues]) => {
    const member = AGENT_STATES.flatMap((state) => queues.filter((row) => row.state === state))[0] ?? queues[0];
    return { key, name: member.name || key, number: member.extension, state: member.state, member, queues };
  });
}

/** How many of `agents` are in each state. */
export function countStates(agents) {
  const counts = Object.fromEntries(AGENT_STATES.map((state) => [state, 0]));
  for (const { state } of agents) counts[state] += 1;
  return counts;
}

/**
 * The queues, the one that needs somebody first: those of `alarmed` (a Set of keys), where callers wait and nobody is
 * free, then where callers wait, each by the longest wait; the others by name.
 */
export function worstFirst(queues, alarmed = new Set()) {
  const rank = (row) => (row.waiting === 0 ? 2 : row.free === 0 ? 0 : 1);
  const isCalm = (row) => (alarmed.has(row.key) ? 0 : 1);
  return inOrder(queues).sort(
    (a, b) => isCalm(a) - isCalm(b) || rank(a) - rank(b) || (rank(a) < 2 ? (a.longest_at ?? "").localeCompare(b.longest_at ?? "") : 0),
  );
}
