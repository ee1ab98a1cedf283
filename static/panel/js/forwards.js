// Calls that the PBX sends on by itself (the `forward` of an extension's row), in words. Pure.

import { telephone } from "./format.js";
import { gettext, interpolate } from "./i18n.js";

const SENTENCES = {
  always: () => gettext("Calls go on to %(to)s."),
  busy: () => gettext("When busy, calls go on to %(to)s."),
  unanswered: () => gettext("Unanswered calls go on to %(to)s."),
};
const SIGNS = {
  busy: () => gettext("busy → %(to)s"),
  unanswered: () => gettext("no answer → %(to)s"),
};
const HOLDS_WHEN = { talking: "busy", held: "busy", ringing: "busy", offline: "unanswered" };

const inFull = (person) =>
  person.name === ""
    ? telephone(person.number)
    : interpolate(gettext("%(name)s (%(number)s)"), { name: person.name, number: person.number });

/** Where a call to this phone would go on to as things are: a Forward, or undefined. */
export const forwardNow = ({ forward = [], state }) =>
  forward.find(({ kind }) => kind === "always" || kind === HOLDS_WHEN[state]);

/**
 * What a tile has room for: "→ 205" where calls go on now; where they might, and nothing else is to be said, also when.
 * Empty when calls stay here.
 */
export function forwardSign(row) {
  const now = forwardNow(row);
  const shown = now ?? (row.calls.length === 0 ? row.forward?.[0] : undefined);
  if (shown === undefined) return "";
  const to = shown.to.extension === "" ? gettext("outside") : shown.to.number;
  return interpolate(shown === now ? gettext("→ %(to)s") : SIGNS[shown.kind](), { to });
}

/** The same in sentences: "Calls go on to Ana Paz (205)." */
export const forwardSentences = ({ forward = [] }) =>
  forward.map(({ kind, to }) => interpolate(SENTENCES[kind](), { to: inFull(to) })).join(" ");

/**
 * The sentences for somebody who has a call to transfer (`inHand`, or undefined): our dialplan include rings the phone
 * itself, so that the caller comes back when nobody answers. Without the include a transfer goes on like any call.
 */
export function forwardLine(store, row, inHand) {
  const sentences = forwardSentences(row);
  if (inHand === undefined) return sentences;
  const staysHere = [...store.rows("pbx").values()].some(({ capabilities }) => capabilities?.includes("include"));
  return sentences !== "" && staysHere ? `${sentences} ${gettext("A transfer rings this phone only.")}` : sentences;
}
