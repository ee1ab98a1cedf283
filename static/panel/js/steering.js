// What can be done on the page of the queues about somebody who works there. What can be done about those who wait,
// and about a queue itself, is in steering-queues.js.

import { memberName, queueName, samePerson } from "./agents.js";
import { config } from "./config.js";
import { gettext, interpolate } from "./i18n.js";
import { listeningEntries } from "./listening.js";
import { entry, offered, parent, titleOf } from "./menu-entry.js";
import { inOrder } from "./select.js";
import { caller, queue } from "./steering-queues.js";
import { loanLine, stateWord } from "./words.js";

const PENALTIES = [0, 1, 2, 3, 5, 10];
const LOAN_MINUTES = [30, 60, 120];

/** As `menuOf` of menu-entries.js; `page` has store, actions, questions and listening (`ways` of panes/listening.js). */
export const steeringMenuOf = (element, page) => offered(FORMS[element.localName]?.(element.row, page), page.store);

const FORMS = {
  "cb-agent": (row, page) => member(page.store.get("member", row.member.key), page),
  "cb-member": (row, page) => member(page.store.get("member", row.key), page),
  "cb-caller": (row, page) => caller(page.store.get("caller", row.key), page),
  "cb-queue-card": (row, page) => queue(page.store.get("queue", row.key), page),
};

function member(row, page) {
  if (row === undefined) return undefined;
  const { store, actions } = page;
  const all = samePerson(store, row);
  const others = all.filter((each) => each.queue !== row.queue);
  const give = (name, more) => () => actions.give(name, { agent: row.key, ...more });
  return {
    title: memberName(row),
    detail: [queueName(store, row.queue), stateWord(row.state), loanLine(row)].filter(Boolean).join(" · "),
    sections: [
      { entries: listeningEntries(store, config.extension, store.get("extension", row.extension), page.listening) },
      {
        entries: [
          pausing(row.paused ? gettext("Another reason") : titleOf("agent_pause"), (reason) =>
            give("agent_pause", reason)(),
          ),
          row.paused && entry("agent_unpause", give("agent_unpause"), { verb: null }),
          row.loan && entry("agent_return", give("agent_return"), { verb: null }),
          penalties(row, page),
          ringing(row, give),
          entry("agent_remove", give("agent_remove"), { verb: null }),
        ],
      },
      { heading: "", entries: row.extension === "" ? [] : shifts(row, all, page) },
      {
        heading: others.length === 0 ? "" : everywhere(store, [row, ...others]),
        entries: others.length === 0 ? [] : inAll([row, ...others], give),
      },
    ],
  };
}

const everywhere = (store, rows) =>
  interpolate(gettext("In %(queues)s"), { queues: rows.map((each) => queueName(store, each.queue)).join(", ") });

const inAll = (rows, give) => [
  pausing(
    gettext("Pause everywhere"),
    (reason) => give("agent_pause", { everywhere: "yes", ...reason })(),
    "everywhere:",
  ),
  rows.some((each) => each.paused) &&
    entry("agent_unpause", give("agent_unpause", { everywhere: "yes" }), {
      id: "everywhere:agent_unpause",
      label: gettext("Take calls again everywhere"),
      verb: null,
    }),
  entry("agent_remove", give("agent_remove", { everywhere: "yes" }), {
    id: "everywhere:agent_remove",
    label: gettext("Out of all queues"),
    verb: null,
  }),
];

/** `pause({reason})`, or with nothing when none is given. */
function pausing(label, pause, prefix = "") {
  const id = `${prefix}agent_pause`;
  const reasons = config.pauseReasons.map((reason) =>
    entry("agent_pause", () => pause({ reason }), { id: `${id}:${reason}`, label: reason, verb: null }),
  );
  const none = entry("agent_pause", () => pause({}), { id: `${id}:`, label: gettext("Without a reason"), verb: null });
  return parent("agent_pause", [...reasons, none], "", { id, label });
}

function penalties(row, { actions }) {
  const entries = PENALTIES.filter((penalty) => penalty !== row.penalty).map((penalty) =>
    entry("agent_penalty", () => actions.give("agent_penalty", { agent: row.key, penalty: String(penalty) }), {
      id: `agent_penalty:${penalty}`,
      label: String(penalty),
      detail: penalty === 0 ? gettext("rung first") : "",
      verb: null,
    }),
  );
  return parent("agent_penalty", entries, "", { detail: String(row.penalty) });
}

/** The lists of Asterisk leave it out: until an event has told it, either can be chosen. */
function ringing(row, give) {
  const now = row.ring_in_use ?? null;
  const entries = [
    now !== true && entry("agent_ringinuse", give("agent_ringinuse", { on: "yes" }), ring("yes", gettext("Yes"))),
    now !== false && entry("agent_ringinuse", give("agent_ringinuse"), ring("no", gettext("No"))),
  ];
  const detail = now === null ? gettext("not known") : now ? gettext("yes") : gettext("no");
  return parent("agent_ringinuse", entries.filter(Boolean), "", { detail });
}

const ring = (id, label) => ({ id: `agent_ringinuse:${id}`, label, verb: null });

/** Into and out of sets of queues, and on loan to another queue. */
function shifts(row, all, { store, actions }) {
  const inside = new Set(all.map((each) => each.queue));
  const elsewhere = inOrder(store.rows("queue")).filter(({ key }) => !inside.has(key));
  const inSets = (name, isMeant) =>
    config.queueSets
      .filter(({ queues }) => queues.some((key) => isMeant(key)))
      .map((set) =>
        entry(name, () => actions.give(name, { person: row.extension, queues: set.queues.join(",") }), {
          id: `${name}:${set.name}`,
          label: set.name,
          detail: set.queues.map((key) => queueName(store, key)).join(", "),
          verb: null,
        }),
      );
  const into = inSets("agent_login", (key) => !inside.has(key));
  const out = inSets("agent_logout", (key) => inside.has(key));
  return [
    into.length > 0 && parent("agent_login", into, ""),
    out.length > 0 && parent("agent_logout", out, ""),
    elsewhere.length > 0 && lending(row, elsewhere, { store, actions }),
  ];
}

function lending(row, queues, { store, actions }) {
  const entries = queues.flatMap(({ key }) =>
    LOAN_MINUTES.map((minutes) =>
      entry(
        "agent_borrow",
        () => actions.give("agent_borrow", { person: row.extension, queue: key, minutes: String(minutes) }),
        {
          id: `agent_borrow:${key}:${minutes}`,
          label: queueName(store, key),
          detail: interpolate(gettext("%(count)s minutes"), { count: minutes }),
          verb: null,
        },
      ),
    ),
  );
  return parent("agent_borrow", entries, "", { label: gettext("Lend to") });
}
