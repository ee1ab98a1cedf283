// Where else a caller can go: what a busy or absent person leaves open, and who else could help a caller who came
// back. Each way is a command with its words: `{key, label, detail, icon, name, args}`. Pure functions of the store.

import { may } from "./config.js";
import { telephone } from "./format.js";
import { forwardLine, forwardNow } from "./forwards.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { compare, isOffered } from "./select.js";
import { who } from "./words.js";

const BUSY = new Set(["talking", "held", "ringing"]);
const FAILS = new Set([...BUSY, "dnd", "offline"]);
const MOST_COLLEAGUES = 3;
const ECHO_MILLISECONDS = 1_000; // what the attempt itself did to the state of the phone

export const isBusy = (row) => BUSY.has(row.state);

/** Would a transfer to this phone fail as things are? Only then is a question worth a key. */
export const wouldFail = (row) => FAILS.has(row.state);

/** What is in the way of a call to this phone, or that nothing is any more. */
export function obstacle(row) {
  return interpolate((OBSTACLES[row.state] ?? OBSTACLES.free)(), { who: row.name || row.number });
}

const OBSTACLES = {
  ringing: () => gettext("The phone of %(who)s is ringing."),
  talking: () => gettext("%(who)s is on the phone."),
  held: () => gettext("%(who)s is on the phone."),
  dnd: () => gettext("%(who)s is not to be disturbed."),
  offline: () => gettext("The phone of %(who)s is not registered."),
  free: () => gettext("%(who)s is free now."),
};

/** The same and, where the PBX sends their calls on, to whom: what one reads above the ways. */
export const circumstances = (store, row, call) =>
  [obstacle(row), forwardLine(store, row, call)].filter(Boolean).join(" ");

/** May the operator give this command, and can the PBX do it? */
export const isAvailable = (store, name) => may(name) && isOffered(store, name);

/** The arguments that say which party of `call` is moved: with more than two parties it has to be said. */
export const moved = (call) =>
  call.care != null && call.parties.length > 1 ? { call: call.key, party: call.care.party } : { call: call.key };

/**
 * What can be done with `call` about `row`, a person whose phone would not take it: the best first. Empty when there
 * is nothing better than to try.
 */
export function waysAround(store, call, row) {
  const anyway = way("transfer", call, row.key, gettext("Transfer all the same"), { icon: "icon-phone" });
  const around = [
    isBusy(row) && camp(call, row),
    isBusy(row) && anyway,
    standIn(call, row),
    voicemail(call, row),
    ...numbers(call, row),
    row.can_message && way("message", call, row.key, gettext("Write a message"), { icon: "icon-note" }),
    way("hold", call, row.key, gettext("Hold for them"), { icon: "state-parked" }),
    !isBusy(row) && anyway,
  ].filter((each) => each && isAvailable(store, each.name));
  return around.some((each) => each.key !== anyway.key) ? around : [];
}

/**
 * Who could take `call`, which came back from `target` (a Person): the target if free by now and it was not, free
 * colleagues, voicemail, other numbers, waiting on.
 */
export function nextBest(store, call, { reason, target, at }, own) {
  const row = store.get("extension", target.extension);
  if (row === undefined || reason === "next_person") return [];
  return [
    isFreeByNow(row, reason, at) && person(call, row, gettext("free now")),
    standIn(call, row),
    ...colleagues(store, row, own).map((each) => person(call, each, each.name ? each.number : "")),
    voicemail(call, row),
    ...numbers(call, row),
    isBusy(row) && camp(call, row),
  ].filter((each) => each && isAvailable(store, each.name));
}

/**
 * Has this person become free after a caller came back from them at `at`? A phone that says "busy" by itself was free
 * for the PBX all the time, and would say it again.
 */
function isFreeByNow(row, reason, at) {
  if (row.state !== "idle") return false;
  if (reason === "too_long") return true;
  const isOver = Date.parse(row.state_at) - Date.parse(at) > ECHO_MILLISECONDS;
  return isOver && (reason === "busy" || reason === "do_not_disturb");
}

/** Who of the same department is free, in the order of their names. */
function colleagues(store, row, own) {
  if (row.group === "") return [];
  return [...store.rows("extension").values()]
    .filter((each) => each.group === row.group && each.state === "idle" && each.key !== row.key && each.key !== own)
    .sort((a, b) => compare(a.name || a.number, b.name || b.number))
    .slice(0, MOST_COLLEAGUES);
}

const way = (name, call, to, label, more) => ({
  key: `${name}:${to}`,
  name,
  args: { ...moved(call), to },
  label,
  detail: "",
  ...more,
});

const person = (call, row, detail) =>
  way("transfer", call, row.key, row.name || row.number, { detail, icon: "state-idle" });

/** Whoever gets their calls as things are: an ordinary call would go on there by itself. */
function standIn(call, row) {
  const to = forwardNow(row)?.to;
  if (to === undefined) return false;
  const label = interpolate(gettext("Send on to %(who)s"), { who: who(to) });
  const detail = to.name === "" ? "" : telephone(to.number);
  return way("transfer", call, to.extension || to.number, label, { detail, icon: "icon-phone" });
}

const camp = (call, row) =>
  way("camp", call, row.key, gettext("Wait until free"), { detail: waiting(row), icon: "state-camped" });

function waiting({ camped = [] }) {
  const count = camped.length;
  return count > 0 ? interpolate(ngettext("%(count)s waits already", "%(count)s wait already", count), { count }) : "";
}

const voicemail = (call, row) =>
  row.mailbox !== "" && way("voicemail", call, row.key, gettext("Voicemail"), { icon: "icon-mail" });

const numbers = (call, row) =>
  (row.numbers ?? []).map(({ label, number }) =>
    way("transfer", call, number, label || gettext("Other number"), { detail: telephone(number), icon: "icon-phone" }),
  );
