// What can be done on the page of the queues about somebody who waits, and about a queue: the first thing at hand for
// one in need. Used by steering.js.

import { memberName, peopleIn, queueName } from "./agents.js";
import { clock } from "./clock.js";
import { config } from "./config.js";
import { gettext, interpolate } from "./i18n.js";
import { entry, parent } from "./menu-entry.js";
import { inOrder, pbxOffers } from "./select.js";
import { stateWord, who } from "./words.js";

const LOAN_MINUTES = 30;
const MORE_MINUTES = [15, 60, 120];
const MOST_AT_HAND = 3;

export function caller(row, page) {
  if (row === undefined) return undefined;
  const { store, actions, questions } = page;
  const noPhone = config.extension === "" ? gettext("You have no phone.") : "";
  const free = peopleIn(store.rows("member")).filter((each) => each.state === "free");
  const ringing = free.map((each) =>
    entry("transfer", () => actions.give("transfer", { call: row.call, to: each.extension }), {
      id: `transfer:${each.extension}`,
      label: memberName(each),
      detail: each.extension,
      verb: null,
    }),
  );
  const elsewhere = inOrder(store.rows("queue"))
    .filter(({ key }) => key !== row.queue)
    .map((each) =>
      entry("enqueue", () => actions.give("enqueue", { call: row.call, queue: each.key }), {
        id: `enqueue:${each.key}`,
        label: queueName(store, each.key),
        detail: freeText(each),
        verb: null,
      }),
    );
  const toNumber = (number) => actions.give("transfer", { call: row.call, to: number });
  return {
    title: who(row),
    detail: queueName(store, row.queue),
    sections: [
      {
        entries: [
          entry("take", () => actions.give("take", { caller: row.key }), { reason: noPhone, verb: null }),
          ...advancing(row, page),
        ],
      },
      {
        entries: [
          parent("transfer", ringing, ringing.length > 0 ? "" : gettext("Nobody is free.")),
          entry("transfer", () => questions.number(row.key, who(row), toNumber), {
            id: "transfer:number",
            label: gettext("To a number"),
            verb: null,
          }),
          parent("enqueue", elsewhere, noPhone || (elsewhere.length > 0 ? "" : gettext("There is no other queue."))),
          entry("withdraw", () => actions.give("withdraw", { caller: row.key }), {
            detail: gettext("to what the PBX has behind it"),
            reason: pbxOffers(store, "withdraw") ? "" : gettext("This PBX cannot let callers out of a queue."),
            verb: null,
          }),
          prompting(row, page),
        ],
      },
    ],
  };
}

/** Out of the queue, but first something is played. The PBX may lack our include, and the house may have no prompts. */
function prompting(row, { store, actions }) {
  const entries = config.prompts.map((prompt) =>
    entry("withdraw", () => actions.give("withdraw", { caller: row.key, prompt }), {
      id: `withdraw:${prompt}`,
      label: prompt,
      verb: null,
    }),
  );
  const cannot = gettext("This needs version 4 of the dialplan include on the PBX, and the right to redirect calls.");
  const none = entries.length > 0 ? "" : gettext("There are no prompts yet. An administrator can write some down.");
  const reason = pbxOffers(store, "prompt") ? none : cannot;
  return parent("withdraw", entries, reason, { id: "withdraw:", label: gettext("Let out with a prompt") });
}

/** The PBX may not be able to: then that is said here, and not after the press. */
function advancing(row, { store, actions }) {
  const cannot = gettext("This PBX cannot change the order of those who wait.");
  const first = gettext("They are the first already.");
  const reason = !pbxOffers(store, "advance") ? cannot : row.position <= 1 ? first : "";
  return [
    entry("advance", () => actions.give("advance", { caller: row.key, front: "yes" }), {
      id: "advance:front",
      label: gettext("To the front"),
      reason,
      verb: null,
    }),
    entry("advance", () => actions.give("advance", { caller: row.key }), { reason, verb: null }),
  ];
}

/** What helps a queue at once stands open: who is paused takes calls again, who is free elsewhere is borrowed. */
export function queue(row, page) {
  if (row === undefined) return undefined;
  const { store, actions } = page;
  const members = inOrder(store.rows("member"));
  const inside = new Set(members.filter((each) => each.queue === row.key).map((each) => each.extension));
  const others = freeFirst(peopleIn(store.rows("member")).filter((each) => !inside.has(each.extension)));
  const adding = others.map((each) =>
    entry("agent_add", () => actions.give("agent_add", { person: each.extension, queue: row.key }), {
      id: `agent_add:${each.extension}`,
      label: memberName(each),
      detail: whereAndHow(store, each),
      verb: null,
    }),
  );
  const paused = members.filter((each) => each.queue === row.key && each.paused);
  return {
    title: row.name || row.key,
    detail: freeText(row),
    sections: [
      { heading: paused.length > 0 ? gettext("Paused longest") : "", entries: unpausing(paused, page) },
      {
        heading: others.length > 0 ? interpolate(gettext("Borrow for %(count)s minutes"), { count: LOAN_MINUTES }) : "",
        entries: [
          ...others
            .filter((each) => each.state === "free")
            .slice(0, MOST_AT_HAND)
            .map((each) => borrowing(row, each, LOAN_MINUTES, page)),
          ...(others.length > 0 ? MORE_MINUTES : []).map((minutes) => borrowingFor(row, others, minutes, page)),
        ],
      },
      { entries: [parent("agent_add", [...adding, somebodyElse(row, page)], ""), logIn(row, page)] },
    ],
  };
}

const freeFirst = (people) => [...people].sort((a, b) => (a.state === "free" ? 0 : 1) - (b.state === "free" ? 0 : 1));

/** Who is in no queue is not on the page. */
const somebodyElse = (row, { actions, questions }) =>
  entry(
    "agent_add",
    () => {
      const title = interpolate(gettext("Who comes into %(queue)s?"), { queue: row.name || row.key });
      questions.person(row.key, title, (person) => actions.give("agent_add", { person, queue: row.key }));
    },
    { id: "agent_add:", label: gettext("Somebody else"), verb: null },
  );

/** Into all queues of a set to which this one belongs. */
function logIn(row, { store, actions, questions }) {
  const entries = config.queueSets
    .filter(({ queues }) => queues.includes(row.key))
    .map(({ name, queues }) =>
      entry(
        "agent_login",
        () => {
          const title = interpolate(gettext("Who is logged in to %(queue)s?"), { queue: name });
          const args = { queues: queues.join(",") };
          questions.person(row.key, title, (person) => actions.give("agent_login", { person, ...args }));
        },
        {
          id: `agent_login:${name}`,
          label: name,
          detail: queues.map((key) => queueName(store, key)).join(", "),
          verb: null,
        },
      ),
    );
  return entries.length > 0 && parent("agent_login", entries, "");
}

const unpausing = (paused, { actions }) =>
  [...paused]
    .sort((a, b) => (a.state_at ?? "").localeCompare(b.state_at ?? ""))
    .slice(0, MOST_AT_HAND)
    .map((each) =>
      entry("agent_unpause", () => actions.give("agent_unpause", { agent: each.key }), {
        id: `agent_unpause:${each.key}`,
        label: interpolate(gettext("%(who)s takes calls again"), { who: memberName(each) }),
        detail: [each.pause_reason, minutesSince(each.state_at)].filter(Boolean).join(" · "),
        verb: null,
      }),
    );

const borrowing = (row, each, minutes, { store, actions }) =>
  entry(
    "agent_borrow",
    () => actions.give("agent_borrow", { person: each.extension, queue: row.key, minutes: String(minutes) }),
    {
      id: `agent_borrow:${each.extension}:${minutes}`,
      label: memberName(each),
      detail: whereAndHow(store, each),
      verb: null,
    },
  );

const borrowingFor = (row, others, minutes, page) =>
  parent(
    "agent_borrow",
    others.map((each) => borrowing(row, each, minutes, page)),
    "",
    {
      id: `agent_borrow:${minutes}`,
      label: interpolate(gettext("Borrow for %(count)s minutes"), { count: minutes }),
    },
  );

const whereAndHow = (store, each) => [queueName(store, each.queue), stateWord(each.state)].join(" · ");

function minutesSince(at) {
  if (!at) return "";
  const count = Math.max(0, Math.floor((clock.serverNow() - Date.parse(at)) / 60_000));
  return interpolate(gettext("%(count)s min"), { count });
}

const freeText = ({ free, members }) => interpolate(gettext("%(free)s of %(members)s free"), { free, members });
