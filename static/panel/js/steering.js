// What can be done on the page of the queues about a member, about somebody who waits, and about a queue itself.

import { config } from "./config.js";
import { gettext, interpolate } from "./i18n.js";
import { listeningEntries } from "./listening.js";
import { entry, offered, parent, titleOf } from "./menu-entry.js";
import { inOrder } from "./select.js";
import { stateWord, who } from "./words.js";

const PENALTIES = [0, 1, 2, 3, 5, 10];

/** As `menuOf` of menu-entries.js; `page` has store, actions and listening (`ways` of panes/listening.js). */
export const steeringMenuOf = (element, page) => offered(FORMS[element.localName]?.(element.row, page), page.store);

const FORMS = {
  "cb-agent": (row, page) => member(page.store.get("member", row.member.key), page),
  "cb-member": (row, page) => member(page.store.get("member", row.key), page),
  "cb-caller": (row, page) => caller(page.store.get("caller", row.key), page),
  "cb-queue-card": (row, page) => queue(page.store.get("queue", row.key), page),
};

const nameOf = (row) => row.name || row.extension || row.interface;

// --- members

function member(row, page) {
  if (row === undefined) return undefined;
  const { store, actions } = page;
  const others = samePerson(store, row).filter((each) => each.queue !== row.queue);
  const give = (name, more) => () => actions.give(name, { agent: row.key, ...more });
  const everywhere = [row, ...others].map((each) => queueName(store, each.queue)).join(", ");
  return {
    title: nameOf(row),
    detail: [queueName(store, row.queue), stateWord(row.state)].join(" · "),
    sections: [
      { entries: listeningEntries(store, config.extension, store.get("extension", row.extension), page.listening) },
      {
        entries: [
          pausing(row.paused ? gettext("Another reason") : titleOf("agent_pause"), (reason) =>
            give("agent_pause", reason)(),
          ),
          row.paused && entry("agent_unpause", give("agent_unpause"), { verb: null }),
          penalties(row, page),
          entry("agent_remove", give("agent_remove"), { verb: null }),
        ],
      },
      {
        heading: others.length > 0 ? interpolate(gettext("In %(queues)s"), { queues: everywhere }) : "",
        entries:
          others.length === 0
            ? []
            : [
                pausing(
                  gettext("Pause everywhere"),
                  (reason) => give("agent_pause", { everywhere: "yes", ...reason })(),
                  "everywhere:",
                ),
                [row, ...others].some((each) => each.paused) &&
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
              ],
      },
    ],
  };
}

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

/** All memberships of the one who is this member: a person is one, in however many queues. */
const samePerson = (store, row) =>
  [...store.rows("member").values()].filter(
    (each) => each.interface === row.interface || (row.extension !== "" && each.extension === row.extension),
  );

// --- those who wait

function caller(row, { store, actions }) {
  if (row === undefined) return undefined;
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
  const ringing = inOrder(store.rows("member"))
    .filter((each) => each.extension !== "" && each.state === "free")
    .filter((each, at, all) => all.findIndex((other) => other.extension === each.extension) === at)
    .map((each) =>
      entry("transfer", () => actions.give("transfer", { call: row.call, to: each.extension }), {
        id: `transfer:${each.extension}`,
        label: nameOf(each),
        detail: each.extension,
        verb: null,
      }),
    );
  const noPhone = config.extension === "" ? gettext("You have no phone.") : "";
  return {
    title: who(row),
    detail: queueName(store, row.queue),
    sections: [
      { entries: [entry("take", () => actions.give("take", { caller: row.key }), { reason: noPhone, verb: null })] },
      {
        entries: [
          parent("transfer", ringing, ringing.length > 0 ? "" : gettext("Nobody is free.")),
          parent("enqueue", elsewhere, elsewhere.length > 0 ? "" : gettext("There is no other queue.")),
          entry("withdraw", () => actions.give("withdraw", { caller: row.key }), { verb: null }),
        ],
      },
    ],
  };
}

// --- queues

function queue(row, { store, actions }) {
  if (row === undefined) return undefined;
  const inside = new Set(
    [...store.rows("member").values()].filter((each) => each.queue === row.key).map((each) => each.extension),
  );
  const agents = inOrder(store.rows("member"))
    .filter((each) => each.extension !== "" && !inside.has(each.extension))
    .filter((each, at, all) => all.findIndex((other) => other.extension === each.extension) === at);
  const entries = agents.map((each) =>
    entry("agent_add", () => actions.give("agent_add", { person: each.extension, queue: row.key }), {
      id: `agent_add:${each.extension}`,
      label: nameOf(each),
      detail: [queueName(store, each.queue), stateWord(each.state)].join(" · "),
      verb: null,
    }),
  );
  const nobody = gettext("Everybody who works in a queue is in this one.");
  return {
    title: row.name || row.key,
    detail: freeText(row),
    sections: [{ entries: [parent("agent_add", entries, entries.length > 0 ? "" : nobody)] }],
  };
}

const queueName = (store, key) => store.get("queue", key)?.name || key;

const freeText = ({ free, members }) => interpolate(gettext("%(free)s of %(members)s free"), { free, members });
