// Calls in care: those that are with nobody just now and go back to an operator (`care` of a call's row), and the
// askings. Derived from the store, nothing kept. Pure functions; select.js has what is true of every call.

import { callsAt, longestCaller, myParty } from "./select.js";

const WAITS = new Set(["hold", "camp"]);
const ON_THE_WAY = new Set(["transfer", "serial"]);
const SHOWN = new Set(["hold", "camp", "transfer", "serial", "take", "return"]);
const ASKS_FOR = new Set(["hold", "camp", "consult", "transfer", "serial", "return"]);
const FETCHABLE = new Set(["hold", "camp", "transfer", "serial", "queue", "return"]);

const since = (a, b) => a.care.since_at.localeCompare(b.care.since_at) || a.key.localeCompare(b.key);

export const isBy = (care, extension) => extension !== "" && care?.operator.extension === extension;

/** Callers in care of these kinds, the longest first; those of an asking have their operator, and are left out. */
const inCare = (store, kinds) =>
  [...store.rows("call").values()]
    .filter((call) => call.care && kinds.has(call.care.kind) && !isAsking(call))
    .sort(since);

/**
 * Does this call wait with music while its operator talks to somebody else about it? After a swap it is the asked one
 * who waits, and is on hold.
 */
const isAsking = ({ care, parties }) =>
  care?.kind === "consult" ||
  (care?.kind === "hold" && parties.some((party) => party.key !== care.party && isBy(care, party.extension)));

/** Who waits, as a Person: the party in care, the one whom somebody's phone has on hold, or else who called. */
export const keptPerson = (call) => call.parties.find(isKept(call)) ?? call.caller;

const isKept = (call) => (party) => (call.care ? party.key === call.care.party : party.extension !== call.held_by);

/**
 * The asking of the operator at `extension`, or undefined: `{call, kept, asked, side}`. `kept` and `asked` are
 * parties (or Persons with a `state`); `asked` is undefined while nobody is being asked yet; `side` is the call that
 * the operator and the asked one are in, which may be the same one.
 */
export function consultOf(store, extension) {
  const call = [...store.rows("call").values()].find((each) => isAsking(each) && isBy(each.care, extension));
  if (call === undefined) return undefined;
  const side = myParty(call, extension) ? call : callsAt(store, extension).find((each) => each !== call);
  const asked = side?.parties.find((party) => party.key !== call.care.party && party.extension !== extension);
  return { call, kept: keptPerson(call), asked, side };
}

/** What the operator is about to do something with: own calls, what comes back, and what others do not have. */
export function mine(store, extension) {
  const consult = consultOf(store, extension);
  const own = callsAt(store, extension).filter((call) => call !== consult?.side && call !== consult?.call);
  const back = returningTo(store, extension).filter((call) => !own.includes(call));
  const calls = [...own, ...back].sort((a, b) => a.started_at.localeCompare(b.started_at));
  return { consult, calls, sent: sentBy(store, extension).filter((call) => !calls.includes(call)) };
}

/** What comes back to the operator at `extension`, the longest first. */
export const returningTo = (store, extension) =>
  inCare(store, new Set(["return"])).filter((call) => isBy(call.care, extension));

/** What this operator has sent and nobody has answered, and serial calls that will come back. */
export const sentBy = (store, extension) =>
  inCare(store, ON_THE_WAY).filter((call) => isBy(call.care, extension) && !isOwnCall(call, extension));

const isOwnCall = (call, extension) => myParty(call, extension) !== undefined;

/**
 * The callers in care of everybody, but those that are among my calls already: first who comes back, then who waits,
 * then who is on the way, each the longest first.
 */
export function keptElsewhere(store, extension) {
  const { calls, sent } = mine(store, extension);
  const rank = ({ care }) => (care.kind === "return" ? 0 : WAITS.has(care.kind) ? 1 : 2);
  return inCare(store, SHOWN)
    .filter((call) => !calls.includes(call) && !sent.includes(call) && !isOwnCall(call, extension))
    .sort((a, b) => rank(a) - rank(b) || since(a, b));
}

/**
 * The keys of the extensions that are asked for: somebody waits for them, is on the way to them or has just come back
 * from them, whoever sent the call.
 */
export const askedFor = (store) =>
  new Set(
    [...store.rows("call").values()]
      .filter((call) => call.care && ASKS_FOR.has(call.care.kind))
      .map((call) => call.care.target.extension),
  );

/** Can this call be brought to a phone with `retrieve`? */
export const isFetchable = (call) => call.care != null && FETCHABLE.has(call.care.kind) && !isAsking(call);

/** Does another operator say that the call is theirs? The worker lets claims end. */
export const claimOfOther = (call, operator) =>
  call?.claim != null && call.claim.operator !== operator ? call.claim : undefined;

/**
 * What Alt+B brings back: of what the operator sent, the newest; else the newest held or camped; else undefined.
 */
export function lastSent(store, extension) {
  const own = inCare(store, FETCHABLE).filter((call) => isBy(call.care, extension) && !isOwnCall(call, extension));
  return own.filter((call) => !WAITS.has(call.care.kind)).at(-1) ?? own.at(-1);
}

/**
 * Who is taken next: `{call}` for one that comes back or is held, `{caller}` for one that waits in a queue. Those
 * whom somebody else is about to take are left to them.
 */
export function nextToTake(store, extension, operator) {
  const free = (call) => claimOfOther(call, operator) === undefined;
  const back = returningTo(store, extension).find(free);
  if (back !== undefined) return { call: back };
  const caller = longestCaller(store, (row) => free(store.get("call", row.call)));
  if (caller !== undefined) return { caller };
  const held = inCare(store, new Set(["hold"])).find((call) => free(call) && !isOwnCall(call, extension));
  return held === undefined ? undefined : { call: held };
}

/**
 * Why the call at hand came back, or undefined when it did not: `{reason, target, at}`. While it rings the care says
 * so; once it is answered the last steps of its story do.
 */
export function comeback(call, extension) {
  if (call.care?.kind === "return" && isBy(call.care, extension)) {
    const { reason, target, since_at } = call.care;
    return { reason, target, at: since_at };
  }
  if (call.care != null) return undefined;
  const steps = [...(call.story ?? [])];
  while (steps.length > 0 && AFTERWARDS.has(steps.at(-1).kind) && steps.at(-1).who.extension === extension) steps.pop();
  const last = steps.at(-1);
  return last?.kind === "returned" ? { reason: last.what, target: last.who, at: last.at } : undefined;
}

const AFTERWARDS = new Set(["rang", "talked"]);
