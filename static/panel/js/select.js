// What the picture means for the operator who looks at it: derived from the store, nothing kept. Pure functions.

const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

export const compare = (a, b) => collator.compare(a, b);

const byTime = (field) => (a, b) => (a[field] ?? "").localeCompare(b[field] ?? "") || compare(a.key, b.key);

/** The leg of `call` that is at `extension`, or undefined. */
export const myParty = (call, extension) =>
  extension === "" ? undefined : call.parties.find((party) => party.extension === extension);

/** The calls at `extension`, in the order in which they began. */
export function callsAt(store, extension) {
  return [...store.rows("call").values()]
    .filter((call) => myParty(call, extension) !== undefined)
    .sort(byTime("started_at"));
}

/** Who is at the other end of `call`, seen from `extension`: a Person. */
export function otherEnd(store, call, extension) {
  const seen = store.get("extension", extension)?.calls.find((entry) => entry.call === call.key);
  if (seen !== undefined) return seen.other;
  const mine = myParty(call, extension);
  if (mine === undefined) return call.caller;
  return mine.role === "caller" ? call.called : call.caller;
}

/** Can this call be sent somewhere by its party at `extension`? One that only rings has not been answered yet. */
export function isInHand(call, extension) {
  const state = myParty(call, extension)?.state;
  return state === "talking" || state === "held";
}

/** Does this call wait with nobody, so that it can be sent on without having been taken? */
export const isWaiting = (call, extension) =>
  myParty(call, extension) === undefined &&
  (call.state === "queued" || call.state === "parked" || (call.care != null && call.care.kind !== "consult"));

/** Does this call come back to its operator, whose phone rings with it? */
export const isReturning = (call) => call.care?.kind === "return";

/**
 * The call that a transfer would move: the chosen one, even if it waits or comes back; or else the one being talked
 * on, or else the one held longest.
 */
export function callInHand(store, extension, chosen = null) {
  const picked = chosen === null ? undefined : store.get("call", chosen);
  if (picked !== undefined && (isInHand(picked, extension) || isWaiting(picked, extension) || isReturning(picked)))
    return picked;
  const calls = callsAt(store, extension).filter((call) => isInHand(call, extension));
  return calls.findLast((call) => myParty(call, extension).state === "talking") ?? calls[0];
}

/** Calls that somebody else holds at their own phone, where nobody but they can take them. */
export function heldElsewhere(store, extension) {
  return [...store.rows("call").values()]
    .filter((call) => call.state === "held" && !call.care && myParty(call, extension) === undefined)
    .sort(byTime("state_at"));
}

export const parkedCalls = (store) => [...store.rows("parked").values()].sort(byTime("parked_at"));

/** Who waits longest, in whatever queue, of those whom `filter` lets through. */
export const longestCaller = (store, filter = () => true) =>
  [...store.rows("caller").values()].filter(filter).sort(byTime("joined_at"))[0];

/** Who waits in `queue`, in the order of their turns. */
export function callersOf(store, queue) {
  return [...store.rows("caller").values()]
    .filter((caller) => caller.queue === queue)
    .sort((a, b) => a.position - b.position || byTime("joined_at")(a, b));
}

export const inOrder = (rows, field = "name") =>
  [...rows.values()].sort((a, b) => compare(a[field] || a.key, b[field] || b.key) || compare(a.key, b.key));

/**
 * The extension whose phone Alt+U would pick up: the longest ringing in the operator's department, or else anywhere.
 */
export function longestRinging(store, extension) {
  const own = store.get("extension", extension);
  const ringing = [...store.rows("extension").values()]
    .filter((row) => row.key !== extension && ringingCall(row) !== undefined)
    .sort((a, b) => ringingCall(a).state_at.localeCompare(ringingCall(b).state_at));
  return ringing.find((row) => own !== undefined && row.group === own.group) ?? ringing[0];
}

/** The call that rings at a phone, as an ExtensionCall, or undefined. */
export const ringingCall = (row) => row.calls.find((entry) => entry.state === "ringing" && entry.direction === "in");

/** Is there something on the PBX that this command needs? What no row speaks of is left to the worker to refuse. */
export function isOffered(store, command) {
  const need = NEEDS[command] ?? command;
  if (!CAPABILITIES.has(need)) return true;
  return pbxOffers(store, need);
}

/** Does a PBX say that it has this capability? */
export const pbxOffers = (store, capability) =>
  [...store.rows("pbx").values()].some((row) => row.capabilities?.includes(capability));

/** Capabilities that a PBX may lack (ami_worker/operations/site.py), and the commands that need another one's. */
export const CAPABILITIES = new Set(
  "hold retrieve consult serial camp voicemail enqueue confer record answer message".split(" "),
);
const NEEDS = {
  complete: "consult",
  cancel: "consult",
  swap: "consult",
  join: "consult",
  record_pause: "record",
  record_resume: "record",
  record_stop: "record",
};

/**
 * The link of the board, as `{link, asOf, reason}`: the best of all PBXs, for one that is away leaves the others
 * untouched; "none" when no worker ever wrote one.
 */
export function pbxLink(store) {
  const order = ["live", "stale", "offline"];
  const best = [...store.rows("pbx").values()].sort((a, b) => order.indexOf(a.link) - order.indexOf(b.link))[0];
  return best === undefined
    ? { link: "none", asOf: null, reason: "" }
    : { link: best.link, asOf: best.as_of_at, reason: best.reason };
}

/** The PBXs that are not live, by name. */
export const pbxsAway = (store) => inOrder(store.rows("pbx"), "key").filter(({ link }) => link !== "live");
