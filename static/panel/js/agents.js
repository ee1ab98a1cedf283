// Who works in the queues: one person, in however many of them. Pure: rows of members in, a person out.

import { onPbx } from "./pbxs.js";
import { inOrder } from "./select.js";

/** What one is shown as who is several of these, the first of them that is there. */
export const AGENT_STATES = ["talking", "ringing", "wrapup", "busy", "free", "paused", "away", "unknown"];

/** Whose row this is: of a person with an extension, in however many queues, or of whatever is behind the interface. */
export const personKey = (row) => row.extension || `${row.pbx ?? ""}${row.interface}`;

/**
 * The person `key` behind `rows` of members, of which there is one at least: `{key, name, number, state, member, queues,
 * pbx}`. `member` is the row that gives the state, `queues` are all the rows, by name.
 */
export function agentOf(key, rows) {
  const queues = inOrder(rows);
  const member = AGENT_STATES.flatMap((state) => queues.filter((row) => row.state === state))[0] ?? queues[0];
  const { pbx, extension: number, state } = member;
  return { key, name: onPbx(member, member.name) || key, number, state, member, queues, pbx };
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

export const memberName = (row) => row.name || row.extension || row.interface;

export const queueName = (store, key) => {
  const row = store.get("queue", key);
  return row?.name ? onPbx(row, row.name) : key;
};

/** All memberships of the one who is this member: a person is one, in however many queues. */
export const samePerson = (store, row) =>
  inOrder(store.rows("member")).filter(
    (each) =>
      (each.interface === row.interface && each.pbx === row.pbx) ||
      (row.extension !== "" && each.extension === row.extension),
  );

/** One row of each person who has an extension, by name: the first of the queues. */
export const peopleIn = (members) =>
  inOrder(members)
    .filter((each) => each.extension !== "")
    .filter((each, at, all) => all.findIndex((other) => other.extension === each.extension) === at);
