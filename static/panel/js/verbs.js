// What can be done towards a person now, in the order in which it is offered: `{key, label, hint}`, where `key` is the
// command and the first is what Enter does. Pure.

import { gettext, interpolate } from "./i18n.js";
import { hint } from "./keys.js";
import { ringingCall } from "./select.js";
import { isAvailable, isBusy, waysAround, wouldFail } from "./ways.js";
import { who } from "./words.js";

const ENTER = "⏎";

/**
 * `row` is an extension's row and `picked` the PersonNumber chosen instead of the phone, or undefined; `inHand` and
 * `consult` as of Actions, `moves` the Person who would be moved.
 */
export function verbsFor(store, row, { picked, inHand, consult, moves }) {
  const sends = inHand !== undefined ? sending(store, row, picked, inHand, moves) : calling(row);
  const verbs = consult !== undefined ? asking() : sends;
  return verbs.filter((verb) => verb && isAvailable(store, verb.key) && verb === verbs.find(sameLabel(verb)));
}

const sameLabel = (verb) => (other) => other && other.label === verb.label;

const asking = () => [{ key: "consult", label: gettext("Ask"), hint: ENTER }];

const message = (row) =>
  row.can_message && { key: "message", label: gettext("Message"), hint: hint("message") };

const calling = (row) => [
  { key: "call", label: gettext("Call"), hint: ENTER },
  ringingCall(row) !== undefined && { key: "pickup", label: gettext("Pick up"), hint: hint("pickup") },
  message(row),
];

function sending(store, row, picked, inHand, moves) {
  const name = who(moves);
  const [around] = picked === undefined && wouldFail(row) ? waysAround(store, inHand, row) : [];
  const to = picked === undefined ? "" : picked.label || picked.number;
  const label =
    around?.label ??
    interpolate(to === "" ? gettext("Transfer %(who)s") : gettext("Transfer %(who)s to %(to)s"), { who: name, to });
  return [
    { key: "transfer", label, hint: around === undefined ? ENTER : `${ENTER} ${ENTER}` },
    { key: "consult", label: gettext("Ask first"), hint: hint("ask") },
    isBusy(row) && { key: "camp", label: gettext("Wait until free"), hint: hint("camp") },
    row.mailbox !== "" && { key: "voicemail", label: gettext("Voicemail"), hint: hint("voicemail") },
    { key: "hold", label: gettext("Hold for them"), hint: hint("hold") },
    { key: "serial", label: gettext("Send, and back to me"), hint: hint("serial") },
    message(row),
  ];
}

/** Who waits until this phone is free, the longest first: `{key, name, since}`. */
export const campers = (store, row) =>
  (row.camped ?? [])
    .map((key) => store.get("call", key))
    .filter((call) => call !== undefined)
    .map((call) => ({ key: call.key, name: who(call.caller), since: call.care?.since_at ?? call.state_at }));
