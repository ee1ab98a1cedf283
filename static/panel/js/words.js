// The sentences of the board: states, calls and commands in a receptionist's words. Pure; rows in, text out.

import { hourAndMinute, telephone } from "./format.js";
import { gettext, interpolate } from "./i18n.js";
import { onPbx } from "./pbxs.js";

/** A Person, a caller or a party by the name one would say. */
export function who(person) {
  return person?.name || telephone(person?.number ?? "") || person?.extension || gettext("unknown number");
}

const STATE_WORDS = {
  idle: () => gettext("free"),
  ringing: () => gettext("ringing"),
  talking: () => gettext("talking"),
  held: () => gettext("on hold"),
  dnd: () => gettext("do not disturb"),
  offline: () => gettext("not registered"),
  unknown: () => gettext("not known"),
  dialling: () => gettext("calling"),
  queued: () => gettext("in a queue"),
  parked: () => gettext("parked"),
  free: () => gettext("free"),
  busy: () => gettext("on another call"),
  wrapup: () => gettext("wrapping up"),
  paused: () => gettext("paused"),
  away: () => gettext("phone away"),
};

export const stateWord = (state) => STATE_WORDS[state]?.() ?? state;

/** "on loan until 10:42 (by Maria)" of a member, or nothing. */
export function loanLine({ loan }) {
  if (!loan) return "";
  const words = { time: hourAndMinute(Date.parse(loan.until_at)), who: loan.by };
  return interpolate(gettext("on loan until %(time)s (by %(who)s)"), words);
}

/** The call that a tile speaks of, of the several that a phone may have. */
export function foremost(calls) {
  const order = ["talking", "ringing", "dialling", "held", "queued", "parked"];
  return [...calls].sort((a, b) => order.indexOf(a.state) - order.indexOf(b.state))[0];
}

/** What a phone does now, for the second line of its tile. */
export function nowLine(row) {
  const call = foremost(row.calls);
  if (call === undefined || row.state === "unknown") return stateWord(row.state);
  return interpolate(callPhrase(call), { who: who(call.other) });
}

function callPhrase(call) {
  // Beside the name of the queue there is no room for a word that the shape says as well.
  if (call.queue !== "" && (call.state === "talking" || call.state === "ringing")) return "%(who)s";
  if (call.state === "talking") return gettext("with %(who)s");
  if (call.state === "held") return gettext("on hold: %(who)s");
  if (call.state === "parked") return gettext("parked: %(who)s");
  if (call.state === "queued") return gettext("waits in a queue");
  return call.direction === "in" ? gettext("from %(who)s") : gettext("calling %(who)s");
}

/** The queue that the call of a tile came from, or "". */
export const nowQueue = (row) => (row.state === "unknown" ? "" : (foremost(row.calls)?.queue ?? ""));

/** Since when a phone does what it does, or null where that says nothing. */
export const nowSince = (row) => (row.state === "unknown" ? null : (foremost(row.calls)?.state_at ?? null));

const COMMAND_SENTENCES = {
  call: () => gettext("Calling %(to)s: your phone rings first."),
  hangup: () => gettext("Hanging up on %(who)s."),
  transfer: () => gettext("Sending %(who)s to %(to)s."),
  serial: () => gettext("Sending %(who)s to %(to)s, and back to you afterwards."),
  camp: () => gettext("%(who)s is to wait for %(to)s."),
  voicemail: () => gettext("Sending %(who)s to the voicemail of %(to)s."),
  enqueue: () => gettext("Sending %(who)s into the queue %(to)s."),
  confer: () => gettext("Sending %(who)s into room %(to)s."),
  hold: () => gettext("Putting %(who)s on hold."),
  retrieve: () => gettext("Fetching %(who)s back."),
  consult: () => gettext("Music for %(who)s while you ask %(to)s."),
  complete: () => gettext("Connecting %(who)s."),
  cancel: () => gettext("Going back to %(who)s."),
  swap: () => gettext("Swapping."),
  join: () => gettext("Bringing all three together."),
  dtmf: () => gettext("Sending tones: %(digits)s."),
  mute: () => gettext("Muting."),
  unmute: () => gettext("Unmuting."),
  record: () => gettext("Starting to record."),
  record_pause: () => gettext("Pausing the recording."),
  record_resume: () => gettext("Going on recording."),
  record_stop: () => gettext("Stopping the recording."),
  answer: () => gettext("Answering %(who)s."),
  note: () => gettext("Writing the note down."),
  message: () => gettext("Sending a message to %(to)s."),
  park: () => gettext("Parking %(who)s."),
  unpark: () => gettext("Taking %(who)s back."),
  pickup: () => gettext("Picking up %(who)s."),
  take: () => gettext("Taking %(who)s from the queue."),
  agent_pause: () => gettext("Pausing %(who)s."),
  agent_unpause: () => gettext("Ending the pause of %(who)s."),
  agent_add: () => gettext("Putting %(who)s into %(to)s."),
  agent_remove: () => gettext("Taking %(who)s out of the queue."),
  agent_penalty: () => gettext("Changing the penalty of %(who)s."),
  agent_ringinuse: () => gettext("Changing how %(who)s is rung."),
  agent_login: () => gettext("Logging %(who)s in."),
  agent_logout: () => gettext("Logging %(who)s out."),
  agent_borrow: () => gettext("Borrowing %(who)s for %(to)s."),
  agent_return: () => gettext("Ending the loan of %(who)s."),
  advance: () => gettext("Moving %(who)s up."),
  withdraw: () => gettext("Letting %(who)s out of the queue."),
  undo: () => gettext("Undoing."),
  listen: () => gettext("Listening: your phone rings first."),
  whisper: () => gettext("Whispering: your phone rings first."),
  barge: () => gettext("Joining in: your phone rings first."),
  listen_end: () => gettext("Ending your listening."),
  listen_stop: () => gettext("Ending the listening."),
};

/** What a command is about to do. `about` holds the names as they were when it was given: `{who, to, digits}`. */
export function commandSentence(name, { who: whom = "", to = "", digits = "" }) {
  if (name === "consult" && to === "") return interpolate(gettext("Music for %(who)s."), { who: whom });
  return interpolate(COMMAND_SENTENCES[name]?.() ?? name, { who: whom, to, digits });
}

/** An extension's row by name and number, as sentences need it. */
export const nameAndNumber = (row) =>
  row.name
    ? interpolate(gettext("%(name)s (%(number)s)"), { name: row.name, number: onPbx(row, row.number) })
    : onPbx(row, row.number);
