// What can be done about a row of the board now: a person, a call, somebody who waits, an asking. Each entry is a
// command with its title from the catalogue, its key, and the reason when it cannot be given just now; what the
// operator may never do, or the PBX cannot, is left out. Choosing one calls what the keys and the mouse call.

import { config } from "./config.js";
import { telephone } from "./format.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { isFetchable, lastSent } from "./kept.js";
import { bindings } from "./keys.js";
import { callsAt, inOrder, isInHand, isReturning, isWaiting, myParty, ringingCall } from "./select.js";
import { isAvailable, isBusy, moved, obstacle, wouldFail } from "./ways.js";
import { nowLine, stateWord, who } from "./words.js";

/** The verbs of keys.js that give a command; those without one have the command's name. */
const VERBS = {
  transfer: "enter",
  call: "enter",
  complete: "enter",
  cancel: "escape",
  consult: "ask",
  retrieve: "fetch",
  mute: "mobile",
  unmute: "mobile",
  dtmf: "tones",
  answer: "take",
};

const catalogue = new Map(config.commands.map((command) => [command.name, command]));

const ASKING = () => gettext("You are asking somebody: connect them, or go back to the caller first.");
const NO_CALL = () => gettext("You have no call in hand.");
const NO_PHONE = () => gettext("You have no phone.");

/**
 * `board` has store, actions, taking, gestures, own (the operator's extension) and root (the element of the board). Returns `{title, detail, sections}`
 * as `<cb-menu>` wants it, each entry with `run()`; undefined when nothing can be done about `element`.
 */
export function menuOf(element, board) {
  const content = FORMS[element.localName]?.(element, board);
  if (content === undefined) return undefined;
  const sections = content.sections
    .map(({ heading = "", entries }) => ({ heading, entries: entries.filter((entry) => isOffered(entry, board)) }))
    .filter(({ entries }) => entries.length > 0);
  return sections.length === 0 ? undefined : { detail: "", ...content, sections };
}

const isOffered = (entry, { store }) => entry && isAvailable(store, entry.name);

/** `run` is called with nothing; `reason` is "" when the command can be given; `verb` is null where no key does it. */
function entry(name, run, { id = name, label = catalogue.get(name)?.title ?? name, detail = "", reason = "", verb = VERBS[name] ?? name, entries } = {}) {
  const binding = bindings.find((each) => each.id !== undefined && each.id === verb);
  const press = binding?.press.includes("+") ? binding.press : ""; // others choose an entry of the menu
  return { id, name, label, detail, reason, press, keys: binding?.keys.join(" ") ?? "", entries, run };
}

const FORMS = {
  "cb-extension": ({ row }, board) => (row.key === board.own ? ownPhone(row, board) : person(row, board)),
  "cb-result": ({ row }, board) => (row.dial === undefined ? person(row, board) : undefined),
  "cb-call": (element, board) => ownCall(element, board),
  "cb-consult": (element, board) => asking(element, board),
  "cb-caller": (element, board) => waiting(element, board, { key: element.row.call, take: takeCaller(element, board), isQueued: true }),
  "cb-parked": (element, board) => waiting(element, board, { key: element.row.call, take: takeParked(element, board), isParked: true }),
  "cb-held": (element, board) => waiting(element, board, { key: element.row.key, take: fetchBack(element, board), isHeld: true }),
};

// --- people

function person(row, board) {
  const { actions } = board;
  const { inHand, consult } = actions;
  const heading = inHand === undefined || consult !== undefined ? "" : who(actions.whoMoves(inHand));
  return {
    title: row.name || row.number,
    detail: [row.name && row.number, nowLine(row)].filter(Boolean).join(" · "),
    sections: [
      { heading, entries: sending(row, board) },
      { entries: calling(row, board) },
    ],
  };
}

function sending(row, { actions, gestures }) {
  const { inHand, consult } = actions;
  const none = consult !== undefined ? ASKING() : inHand === undefined ? NO_CALL() : "";
  const name = row.name || row.number;
  const toward = (command, more = {}) =>
    entry(command, () => gestures.toward(command, row.key, row.key), { ...more, reason: none || more.reason || "" });
  const askNext = consult !== undefined && entry("consult", () => gestures.toward("consult", row.key, row.key));
  return [
    toward("transfer", { detail: wouldFail(row) ? stateWord(row.state) : "", verb: none === "" ? "enter" : null }),
    askNext || toward("consult"),
    toward("camp", { reason: isBusy(row) ? "" : obstacle(row) }),
    toward("voicemail", { reason: row.mailbox === "" ? interpolate(gettext("%(who)s has no voicemail."), { who: name }) : "" }),
    ...(none === "" ? otherNumbers("transfer", row, actions) : []),
    toward("hold", { label: interpolate(gettext("Hold for %(who)s"), { who: name }) }),
    toward("serial"),
  ];
}

function calling(row, { store, actions, gestures, own }) {
  const isFree = callsAt(store, own).length === 0;
  const busy = own === "" ? NO_PHONE() : isFree ? "" : gettext("You are in a call.");
  const rings = ringingCall(row);
  const silent = interpolate(gettext("The phone of %(who)s is not ringing."), { who: row.name || row.number });
  return [
    // While a call is in hand, Enter transfers it.
    entry("call", () => gestures.toward("call", row.key, row.key), { reason: busy, verb: actions.inHand === undefined ? "enter" : null }),
    ...(isFree && actions.inHand === undefined ? otherNumbers("call", row, actions) : []),
    entry("pickup", () => gestures.toward("pickup", rings.call, row.key), {
      detail: rings === undefined ? "" : who(rings.other),
      reason: own === "" ? NO_PHONE() : rings === undefined ? silent : "",
    }),
  ];
}

/** The first of the further numbers is the mobile that a key reaches. */
const otherNumbers = (command, row, actions) =>
  (row.numbers ?? []).map(({ label, number }, at) =>
    entry(command, () => actions.reach(number), {
      id: `${command}:${number}`,
      label: `${catalogue.get(command)?.title ?? ""}: ${label || gettext("Other number")}`,
      detail: telephone(number),
      verb: at === 0 ? "mobile" : null,
    }),
  );

/** On the own tile one finds what can be done with the own call. */
function ownPhone(row, board) {
  const { actions, store, own } = board;
  const call = callsAt(store, own).find((each) => each === actions.inHand) ?? callsAt(store, own).at(-1);
  const reason = gettext("This is your own phone.");
  const sections = call === undefined ? [{ entries: [entry("call", () => {}, { reason, verb: null })] }] : callSections(call, board);
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
  const early = rings ? gettext("Answer the call first.") : isInHand(call, own) ? "" : gettext("Nobody has answered yet.");
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

const recording = (call, { actions }, reason) =>
  ({ "": ["record"], on: ["record_pause", "record_stop"], paused: ["record_resume", "record_stop"] })[call.recording ?? ""].map((name) =>
    entry(name, () => actions.give(name, { call: call.key }), { reason: name === "record" ? reason : "" }),
  );

function asking(element, board) {
  const { call, kept, asked } = board.actions.consult ?? {};
  if (call === undefined || call.key !== element.row.key) return undefined;
  const nobody = asked === undefined ? gettext("Nobody is being asked yet: type a name.") : "";
  const early = asked?.state === "talking" ? "" : interpolate(gettext("%(who)s has not answered yet."), { who: who(asked) });
  const end = (name, reason) => entry(name, () => board.actions.endConsult(name), { reason });
  return {
    title: who(kept),
    detail: asked === undefined ? "" : interpolate(gettext("asking %(who)s"), { who: who(asked) }),
    sections: [
      { entries: [end("complete", nobody), end("cancel", ""), end("swap", nobody || early), end("join", nobody || early)] },
      { entries: [entry("note", () => element.querySelector("cb-note").edit())] },
    ],
  };
}

// --- those who wait

/** `take` is the entry that brings the call here; `isQueued`, `isParked`, `isHeld` say in which list it stands. */
function waiting(element, board, { key, take, isQueued = false, isParked = false, isHeld = false }) {
  const { store, actions, gestures, own } = board;
  const call = store.get("call", key);
  const name = element.querySelector(".name").textContent;
  const send = (command, reason = "") => entry(command, () => actions.give(command, moved(call)), { reason });
  const elsewhere = call === undefined || isWaiting(call, own) ? "" : gettext("Somebody has this call at their own phone.");
  const choose = () => {
    actions.select(key);
    gestures.arm(true);
  };
  const onward = [
    entry("transfer", choose, { reason: elsewhere, verb: null }), // Enter takes the one that is selected
    isHeld ? null : send("hold"),
    isParked ? null : send("park", elsewhere),
    toQueue(call, board, elsewhere, isQueued ? element.row.queue : undefined),
    toRoom(call, board, elsewhere),
    entry("note", () => element.querySelector("cb-note").edit()),
  ];
  return { title: name, sections: [{ entries: [take] }, { entries: call === undefined ? [] : onward }] };
}

const ownPhoneReason = ({ own }) => (own === "" ? NO_PHONE() : "");

const takeCaller = ({ row }, board) =>
  entry("take", () => board.actions.give("take", { caller: row.key }), {
    reason: ownPhoneReason(board),
    verb: board.taking.upcoming?.caller === row ? "take" : null,
  });

const takeParked = ({ row }, board) =>
  entry("unpark", () => board.actions.give("unpark", { parked: row.key }), { reason: ownPhoneReason(board), verb: null });

function fetchBack({ row }, board) {
  const why = isFetchable(row) ? "" : gettext("Nobody else can take this call now.");
  const answered = row.state === "talking" ? gettext("The call has been answered.") : "";
  return entry("retrieve", () => board.taking.take(row), {
    reason: ownPhoneReason(board) || why || answered,
    verb: lastSent(board.store, board.own) === row ? "fetch" : board.taking.upcoming?.call === row ? "take" : null,
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

const parent = (name, entries, reason) =>
  entry(name, () => {}, { reason, verb: null, entries: entries.length > 0 ? entries : undefined });
