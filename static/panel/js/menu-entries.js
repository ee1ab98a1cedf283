// What can be done about a row of the board now: a person, a call, somebody who waits, an asking. Choosing an entry
// calls what the keys and the mouse call. The entries of the queues' page are in steering.js.

import { telephone } from "./format.js";
import { forwardSign } from "./forwards.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { isFetchable, lastSent } from "./kept.js";
import { listeningEntries } from "./listening.js";
import { entry, offered, parent, titleOf } from "./menu-entry.js";
import { noAddress } from "./messages.js";
import { onPbx } from "./pbxs.js";
import { callsAt, inOrder, isInHand, isReturning, isWaiting, myParty, ringingCall } from "./select.js";
import { isBusy, moved, obstacle, wouldFail } from "./ways.js";
import { nowLine, stateWord, who } from "./words.js";

const ASKING = () => gettext("You are asking somebody just now.");
const NO_CALL = () => gettext("You have no call in hand.");
const NO_PHONE = () => gettext("You have no phone.");

/**
 * `board` has store, actions, taking, gestures, own (the operator's extension), listening (`ways` of panes/listening.js)
 * and root (the element of the board).
 * Returns the content for `<cb-menu>` (see menu-entry.js); undefined when nothing can be done about `element`.
 */
export const menuOf = (element, board) => offered(FORMS[element.localName]?.(element, board), board.store);

const FORMS = {
  "cb-extension": ({ row }, board) => (row.key === board.own ? ownPhone(row, board) : person(row, board)),
  "cb-result": ({ row }, board) => (row.dial === undefined ? person(row, board) : undefined),
  "cb-call": (element, board) => ownCall(element, board),
  "cb-consult": (element, board) => asking(element, board),
  "cb-caller": (element, board) => waiting(element, board, element.row.call, takeCaller(element.row, board)),
  "cb-parked": (element, board) => waiting(element, board, element.row.call, takeParked(element.row, board)),
  "cb-held": (element, board) => waiting(element, board, element.row.key, fetchBack(element.row, board)),
};

// --- people

function person(row, board) {
  const { actions } = board;
  const { inHand, consult } = actions;
  const heading = inHand === undefined || consult !== undefined ? "" : who(actions.whoMoves(inHand));
  return {
    title: row.name || row.number,
    detail: [row.name && onPbx(row, row.number), nowLine(row), forwardSign(row)].filter(Boolean).join(" · "),
    sections: [
      { heading, entries: sending(row, board) },
      { entries: calling(row, board) },
      { entries: listeningEntries(board.store, board.own, row, board.listening) },
    ],
  };
}

function sending(row, { actions, gestures, own }) {
  const { inHand, consult } = actions;
  const none = consult !== undefined ? ASKING() : inHand === undefined ? NO_CALL() : "";
  const words = { who: row.name || row.number };
  const run = (command) => () => gestures.toward(command, row.key, row.key);
  const toward = (command, more = {}) => entry(command, run(command), { ...more, reason: none || more.reason || "" });
  const untaken = inHand !== undefined && !isInHand(inHand, own) ? gettext("Take the caller first.") : "";
  const noMail = row.mailbox === "" ? interpolate(gettext("%(who)s has no voicemail."), words) : "";
  return [
    toward("transfer", { detail: wouldFail(row) ? stateWord(row.state) : "", verb: none === "" ? "enter" : null }),
    consult === undefined ? toward("consult", { reason: untaken }) : entry("consult", run("consult")),
    toward("camp", { reason: isBusy(row) ? "" : obstacle(row) }),
    toward("voicemail", { reason: noMail }),
    ...(none === "" ? otherNumbers("transfer", row, actions) : []),
    toward("hold", { label: interpolate(gettext("Hold for %(who)s"), words) }),
    toward("serial"),
  ];
}

function calling(row, { store, actions, gestures, own }) {
  const isFree = callsAt(store, own).length === 0;
  const busy = own === "" ? NO_PHONE() : isFree ? "" : gettext("You are in a call.");
  const rings = ringingCall(row);
  const silent = interpolate(gettext("The phone of %(who)s is not ringing."), { who: row.name || row.number });
  const verb = actions.inHand === undefined ? "enter" : null; // else Enter transfers
  return [
    entry("call", () => gestures.toward("call", row.key, row.key), { reason: busy, verb }),
    ...(isFree && actions.inHand === undefined ? otherNumbers("call", row, actions) : []),
    entry("pickup", () => gestures.toward("pickup", rings.call, row.key), {
      detail: rings === undefined ? "" : who(rings.other),
      reason: own === "" ? NO_PHONE() : rings === undefined ? silent : "",
    }),
    entry("message", () => gestures.toward("message", row.key, row.key), {
      reason: row.can_message ? "" : noAddress(row),
    }),
  ];
}

/** The first of the further numbers is the mobile that a key reaches. */
const otherNumbers = (command, row, actions) =>
  (row.numbers ?? []).map(({ label, number }, at) =>
    entry(command, () => actions.reach(number), {
      id: `${command}:${number}`,
      label: `${titleOf(command)}: ${label || gettext("Other number")}`,
      detail: telephone(number),
      verb: at === 0 ? "mobile" : null,
    }),
  );

/** On the own tile one finds what can be done with the own call. */
function ownPhone(row, board) {
  const { actions, store, own } = board;
  const call = callsAt(store, own).find((each) => each === actions.inHand) ?? callsAt(store, own).at(-1);
  const nobody = entry("call", () => {}, { reason: gettext("This is your own phone."), verb: null });
  const sections = call === undefined ? [{ entries: [nobody] }] : callSections(call, board);
  return { title: row.name || row.number, detail: nowLine(row), sections };
}

// --- own calls

function ownCall(element, board) {
  const call = board.store.get("call", element.row.key);
  if (call === undefined) return undefined;
  const state = myParty(call, board.own)?.state ?? "held";
  return { title: who(board.actions.whoMoves(call)), detail: stateWord(state), sections: callSections(call, board) };
}

function callSections(call, board) {
  const { actions, taking, gestures, own, root } = board;
  const party = myParty(call, own);
  const rings = party?.state === "ringing" && party.role === "called";
  const unanswered = rings ? gettext("Answer the call first.") : gettext("Nobody has answered yet.");
  const early = isInHand(call, own) ? "" : unanswered;
  const elsewhere = actions.consult === undefined ? "" : ASKING();
  const reason = elsewhere || early;
  const silent = early || (party?.state === "talking" ? "" : gettext("The call is on hold."));
  const chosen = (run) => () => {
    actions.select(call.key);
    run();
  };
  const card = () => root.querySelector(`.mine cb-call[data-call="${CSS.escape(call.key)}"]`);
  return [
    {
      entries: [
        rings && entry("answer", () => taking.take(call)),
        entry("transfer", chosen(() => gestures.arm(true)), { reason: elsewhere || (isReturning(call) ? "" : early) }),
        entry("consult", chosen(() => actions.ask()), { reason }),
        entry("hold", chosen(() => actions.hold()), { reason }),
        entry("park", chosen(() => actions.park()), { reason }),
        toQueue(call, board, reason),
        toRoom(call, board, reason),
      ],
    },
    {
      entries: [
        entry(party?.muted ? "unmute" : "mute", chosen(() => actions.toggleMute()), { reason: silent }),
        entry("dtmf", () => card()?.tones(), { reason: silent }),
        ...recording(call, board, silent),
        entry("note", () => card()?.querySelector("cb-note").edit()),
      ],
    },
    { entries: [party && entry("hangup", chosen(() => actions.hangup()), { reason: elsewhere })] },
  ];
}

const RECORDING = { "": ["record"], on: ["record_pause", "record_stop"], paused: ["record_resume", "record_stop"] };

const recording = (call, { actions }, reason) =>
  RECORDING[call.recording ?? ""].map((name) =>
    entry(name, () => actions.give(name, { call: call.key }), { reason: name === "record" ? reason : "" }),
  );

function asking(element, board) {
  const { call, kept, asked } = board.actions.consult ?? {};
  if (call === undefined || call.key !== element.row.key) return undefined;
  const nobody = asked === undefined ? gettext("Nobody is being asked yet: type a name.") : "";
  const silent = interpolate(gettext("%(who)s has not answered yet."), { who: who(asked) });
  const early = nobody || (asked.state === "talking" ? "" : silent);
  const end = (name, reason) => entry(name, () => board.actions.endConsult(name), { reason });
  return {
    title: who(kept),
    detail: asked === undefined ? "" : interpolate(gettext("asking %(who)s"), { who: who(asked) }),
    sections: [
      { entries: [end("complete", nobody), end("cancel", ""), end("swap", early), end("join", early)] },
      { entries: [entry("note", () => element.querySelector("cb-note").edit())] },
    ],
  };
}

// --- those who wait

/** `key` is the key of the call that waits, `take` the entry that brings it here. */
function waiting(element, board, key, take) {
  const { store, actions, gestures, own } = board;
  const call = store.get("call", key);
  const list = element.localName;
  const give = (command, reason) => entry(command, () => actions.give(command, moved(call)), { reason });
  const isHere = call === undefined || isWaiting(call, own);
  const elsewhere = isHere ? "" : gettext("Somebody has this call at their own phone.");
  const choose = () => {
    actions.select(key);
    gestures.arm(true);
  };
  const onward = [
    entry("transfer", choose, { reason: elsewhere, verb: null }), // Enter takes the one that is selected
    list !== "cb-held" && give("hold", elsewhere),
    list !== "cb-parked" && give("park", elsewhere),
    toQueue(call, board, elsewhere, list === "cb-caller" ? element.row.queue : undefined),
    toRoom(call, board, elsewhere),
    entry("note", () => element.querySelector("cb-note").edit()),
  ];
  const title = element.querySelector(".name").textContent;
  return { title, sections: [{ entries: [take] }, { entries: call === undefined ? [] : onward }] };
}

const ownPhoneReason = ({ own }) => (own === "" ? NO_PHONE() : "");

const takeCaller = (row, board) =>
  entry("take", () => board.actions.give("take", { caller: row.key }), {
    reason: ownPhoneReason(board),
    verb: board.taking.upcoming?.caller === row ? "take" : null,
  });

const takeParked = (row, board) =>
  entry("unpark", () => board.actions.give("unpark", { parked: row.key }), {
    reason: ownPhoneReason(board),
    verb: null,
  });

function fetchBack(row, board) {
  const why = isFetchable(row) ? "" : gettext("Nobody else can take this call now.");
  const answered = row.state === "talking" ? gettext("The call has been answered.") : "";
  const byTaking = board.taking.upcoming?.call === row ? "take" : null;
  return entry("retrieve", () => board.taking.take(row), {
    reason: ownPhoneReason(board) || why || answered,
    verb: lastSent(board.store, board.own) === row ? "fetch" : byTaking,
  });
}

// --- queues and rooms

function toQueue(call, { store, actions }, reason, except) {
  const queues = inOrder(store.rows("queue")).filter(({ key }) => key !== except);
  const entries = queues.map((queue) =>
    entry("enqueue", () => actions.give("enqueue", { ...moved(call), queue: queue.key }), {
      id: `enqueue:${queue.key}`,
      label: queue.name || queue.key,
      detail: interpolate(ngettext("%(free)s free", "%(free)s free", queue.free), { free: queue.free }),
      verb: null,
    }),
  );
  return parent("enqueue", entries, reason || (queues.length > 0 ? "" : gettext("There is no other queue.")));
}

function toRoom(call, { store, actions }, reason) {
  const rooms = inOrder(store.rows("conference"), "room");
  const entries = rooms.map((room) =>
    entry("confer", () => actions.give("confer", { ...moved(call), room: room.key }), {
      id: `confer:${room.key}`,
      label: interpolate(gettext("Room %(room)s"), { room: room.room }),
      reason: room.locked ? gettext("The room is locked.") : "",
      verb: null,
    }),
  );
  return parent("confer", entries, reason || (rooms.length > 0 ? "" : gettext("No room is open.")));
}
