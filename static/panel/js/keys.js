// What the keys of the board do: one table. The keyboard listens by it, the help dialog and the page where keys are
// changed list it, and the buttons print from it what they are called by. Which key a verb has, its usual one or the
// operator's own, comes with the page (`config.keys`; panel/accounts/keys.py).
//
// A press is written as it is read: "Alt+P", "Shift+Enter", "Space", "/". Letters with Alt are told by what is printed
// on the key, or else by its place, because Option+P is a letter of its own on a Mac.

import { config } from "./config.js";
import { gettext } from "./i18n.js";

/**
 * `id` names the verb. A line with `keys` is one of the help alone: those keys belong to the search field, or to the
 * tiles.
 */
const TABLE = [
  { id: "search", title: () => gettext("Search (typing a name or a number does it too)") },
  { keys: ["↑", "↓"], title: () => gettext("Choose among the results; with nothing typed, among those who wait") },
  { keys: ["⏎"], title: () => gettext("On a person: transfer my call there; without a call, call") },
  { keys: ["1", "…", "9"], title: () => gettext("Another number of the person") },
  { id: "take", title: () => gettext("Take the next call: back to me, waiting, on hold") },
  {
    id: "enter",
    title: () => gettext("Take the next call; in a call, transfer it; while asking, connect; after a return, send on"),
  },
  { id: "ask", title: () => gettext("Ask the person first; the caller hears music") },
  { id: "escape", title: () => gettext("Leave the search, stop what was begun; while asking, back") },
  { id: "swap", title: () => gettext("While asking: talk to the other one of the two") },
  { id: "join", title: () => gettext("While asking: join all three") },
  { id: "fetch", title: () => gettext("Fetch back what I sent, held or parked last") },
  { id: "hold", title: () => gettext("Hold my call, for the chosen person") },
  { id: "park", title: () => gettext("Park my call") },
  { id: "camp", title: () => gettext("My caller waits until the chosen person is free") },
  { id: "voicemail", title: () => gettext("My caller to the voicemail of the chosen person") },
  { id: "mobile", title: () => gettext("To the mobile of the chosen person; with nobody chosen, mute") },
  { id: "serial", title: () => gettext("Transfer to the chosen person, and back to me afterwards") },
  { id: "note", title: () => gettext("Write a note that goes with the call") },
  { id: "message", title: () => gettext("Write a message to the chosen person") },
  { id: "tones", title: () => gettext("Send tones") },
  { id: "pickup", title: () => gettext("Pick up the chosen phone that rings, or the longest ringing") },
  { id: "hangup", title: () => gettext("Hang up my call") },
  { id: "menu", title: () => gettext("What can be done with the chosen one: its menu") },
  { id: "departments", title: () => gettext("Go to a department: the list of them") },
  { id: "only", title: () => gettext("Only who is busy, ringing or asked for; again: everybody") },
  { keys: ["Page ↓", "Page ↑"], title: () => gettext("Among the people: to the next department, or the one before") },
  { id: "dismiss", title: () => gettext("Dismiss the oldest message") },
  { id: "help", title: () => gettext("Show these keys") },
];

const NAMES = { Space: () => gettext("Space"), Enter: () => "⏎", Escape: () => "Esc", Shift: () => "⇧" };

/** Alone they are text as soon as something is typed; then they mean nothing to the board. */
const isText = (press) => press === "Space" || press === "Enter" || press.length === 1;

/**
 * The keys in force: `[{id?, press, keys, empty, title}]`. `press` is "" for a verb without a key, `keys` is what is
 * printed, one text for each key, and `empty` marks those that mean something only while nothing is typed.
 */
export const bindings = TABLE.map(({ id, keys, title }) => {
  const press = config.keys[id] ?? "";
  return { id, press, keys: keys ?? printed(press), empty: isText(press), title: title() };
});

/** What is printed on a button for the verb `id`: "Alt P"; "" when it has no key. */
export const hint = (id) => bindings.find((binding) => binding.id === id)?.keys.join(" ") ?? "";

/** The binding that this keydown presses, or undefined. */
export function pressed(event) {
  const press = pressOf(event);
  return press === "" ? undefined : bindings.find((binding) => binding.press === press);
}

/** A press as it is printed, one text for each key; none for "". */
export function printed(press) {
  return press === "" ? [] : press.split("+").map((part) => NAMES[part]?.() ?? part);
}

/** What this keydown presses, as a press is written; "" for Alt and the like alone, and for what cannot be named. */
export function pressOf(event) {
  const key = keyOf(event);
  if (key === "" || event.isComposing || event.getModifierState("AltGraph")) return "";
  const { ctrlKey, metaKey, altKey, shiftKey } = event;
  // Shift is part of how a sign such as "?" is typed, and says something only beside keys that have a name.
  const hasShift = shiftKey && (key.length > 1 || altKey || ctrlKey || metaKey);
  const held = { Ctrl: ctrlKey, Meta: metaKey, Alt: altKey, Shift: hasShift };
  return [...Object.keys(held).filter((name) => held[name]), key].join("+");
}

const NAMELESS = new Set(
  "Alt AltGraph CapsLock Control Dead Fn Meta NumLock OS Process Shift Super Unidentified".split(" "),
);

function keyOf({ key, code, altKey }) {
  if (key === " ") return "Space";
  if (!altKey) return NAMELESS.has(key) ? "" : key;
  if (/^[a-z0-9]$/i.test(key)) return key.toUpperCase();
  // With Alt some keyboards give other signs than letters and digits: then the place on the keyboard tells.
  return /^(?:Key|Digit)([A-Z0-9])$/.exec(code)?.[1] ?? (NAMELESS.has(key) ? "" : key);
}
