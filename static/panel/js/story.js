// Sentences about calls: how one came here, why it came back, who keeps it, who is about to take it. Pure; rows in,
// text out.

import { duration, telephone } from "./format.js";
import { gettext, interpolate } from "./i18n.js";
import { who } from "./words.js";

const isSomebody = (person) => Boolean(person?.name || person?.number || person?.extension);

const REASONS = {
  busy: () => gettext("%(who)s is busy"),
  no_answer: () => gettext("%(who)s did not answer"),
  not_registered: () => gettext("the phone of %(who)s is not registered"),
  rejected: () => gettext("%(who)s declined"),
  do_not_disturb: () => gettext("%(who)s is not to be disturbed"),
  unreachable: () => gettext("%(who)s could not be reached"),
  too_long: () => gettext("waited too long for %(who)s"),
  next_person: () => gettext("%(who)s has hung up: who is next?"),
  no_such_number: () => gettext("%(who)s is no number that can be dialled"),
  no_mailbox: () => gettext("%(who)s has no voicemail"),
  nobody_there: () => gettext("nobody works in %(who)s"),
  room_closed: () => gettext("room %(who)s is closed"),
};

const REASONS_WITHOUT_NAME = {
  too_long: () => gettext("nobody came"),
  next_person: () => gettext("they have hung up: who is next?"),
  nobody_there: () => gettext("nobody works in the queue"),
};

/** Why a caller came back: `reason` is a code, `target` the Person who was to have the call. */
export function whyBack(reason, target) {
  if (isSomebody(target)) return interpolate((REASONS[reason] ?? REASONS.unreachable)(), { who: who(target) });
  return (REASONS_WITHOUT_NAME[reason] ?? (() => gettext("came back")))();
}

const STEPS = {
  arrived: () => "%(what)s",
  dialled: () => gettext("dialled %(number)s"),
  menu: () => gettext("chose %(what)s"),
  queued: () => "%(what)s %(time)s",
  rang: () => gettext("%(who)s rang %(time)s"),
  talked: () => "%(who)s %(time)s",
  transferred: () => gettext("sent to %(number)s"),
  held: () => gettext("held %(time)s"),
  parked: () => gettext("parked %(what)s %(time)s"),
  camped: () => gettext("waited for %(number)s %(time)s"),
};

/** Of these only what is over belongs to how a call came here: what goes on is on the card as it is now. */
const PASSING = new Set(["rang", "talked", "transferred", "held", "camped"]);
const SHORTEST_SECONDS = 1;

/** Of these `what` is the code of a reason. */
const WITH_REASON = new Set(["returned", "asked"]);

/**
 * How `call` came to the phone `extension`, in one line, from the oldest step to the newest; "" when it just rang.
 * `nameOf(number)` gives the name of whoever has a number, or the number as people read it.
 */
export function storyLine(call, extension, nameOf = telephone) {
  const steps = (call.story ?? []).filter((step, at, all) => isWorthTelling(step, all[at + 1], extension));
  // That it has come back, and why, stands on the card already.
  if (steps.at(-1)?.kind === "returned" && (call.care == null || call.care.kind === "return")) steps.pop();
  return steps.map((step) => stepText(step, extension, nameOf)).join(" → ") || queueLine(call);
}

function isWorthTelling({ kind, who: person, what, seconds }, next, extension) {
  if (!(kind in STEPS) && !WITH_REASON.has(kind)) return false;
  if (PASSING.has(kind) && (seconds === null || (seconds < SHORTEST_SECONDS && kind !== "transferred"))) return false;
  // Whoever talked rang before, and whoever rang was sent to.
  const isTheSame = next?.who.extension === person.extension;
  if (kind === "rang") return !isAt(person, extension) && !(next?.kind === "talked" && isTheSame);
  return !(kind === "transferred" && next?.kind === "rang" && next.who.extension === what);
}

/** The last time that somebody was asked about `call` and did not come to the phone: the step, or undefined. */
export const lastAsked = (call) => (call.story ?? []).findLast((step) => step.kind === "asked");

const isAt = (person, extension) => extension !== "" && person.extension === extension;

function stepText({ kind, who: person, what, seconds }, extension, nameOf) {
  if (WITH_REASON.has(kind)) return whyBack(what, person);
  const words = {
    what,
    number: kind === "dialled" ? telephone(what) : nameOf(what),
    who: isAt(person, extension) ? gettext("you") : whoAll(kind, person, what),
    time: seconds === null ? "" : duration(seconds),
  };
  return interpolate(STEPS[kind](), words).trim();
}

/** Of phones that rang together one is named and the others are counted. */
function whoAll(kind, person, what) {
  if (kind !== "rang" || what === "") return who(person);
  return interpolate(gettext("%(who)s and %(count)s others"), { who: who(person), count: what });
}

/** What is known without steps: the queue and the wait, or the number that was dialled. */
function queueLine(call) {
  if (call.queue !== "" && call.queued_at !== null) {
    const until = Date.parse(call.connected_at ?? call.answered_at ?? call.state_at);
    const waited = duration((until - Date.parse(call.queued_at)) / 1000);
    return interpolate(gettext("%(queue)s, waited %(waited)s"), { queue: call.queue, waited });
  }
  const inbound = call.direction === "in" && call.dialled !== "" && call.dialled !== call.caller.number;
  return inbound ? interpolate(gettext("dialled %(number)s"), { number: telephone(call.dialled) }) : "";
}

const CARE = {
  hold: () => gettext("for %(target)s"),
  camp: () => gettext("waits for %(target)s"),
  transfer: () => gettext("rings at %(target)s"),
  serial: () => gettext("at %(target)s, comes back"),
  take: () => gettext("goes to %(operator)s"),
  return: () => gettext("back to %(operator)s"),
};

/** Where a caller in care is, or for whom; "" when nobody is meant. */
export function careLine(care) {
  if (care.kind === "hold" && !isSomebody(care.target)) return "";
  return interpolate(CARE[care.kind]?.() ?? "", { target: who(care.target), operator: who(care.operator) });
}

/** Who is responsible for a caller in care, seen from the phone `extension`, or why it comes back. */
export function careNote(care, extension) {
  if (care.kind === "return") return whyBack(care.reason, care.target);
  if (care.kind === "take" || !isSomebody(care.operator)) return "";
  if (extension !== "" && care.operator.extension === extension) return gettext("by you");
  const text = care.kind === "hold" ? gettext("held by %(who)s") : gettext("sent by %(who)s");
  return interpolate(text, { who: who(care.operator) });
}

const TAKING = new Set(["claim", "take", "retrieve", "unpark", "pickup", "answer"]);

/** What another operator is about to do with a call. */
export function claimLine(claim) {
  const text = TAKING.has(claim.doing) ? gettext("%(who)s is taking this") : gettext("%(who)s is sending this on");
  return interpolate(text, { who: claim.name });
}
