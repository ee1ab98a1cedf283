// The keys of the switchboard. One table says which key does what; the help dialog and the hints on buttons are made
// from the same table.
//
// No function keys and nothing that browsers keep for themselves. A key with Alt works anywhere, also in the search
// field; a letter without Alt is text and goes to the search field. Keys are told by their place (`code`): Option+P
// is a letter on a Mac.

import { isTyping } from "./dom.js";
import { gettext } from "./i18n.js";

/**
 * `[{keys, code, alt, title, run}]`: the table for these verbs. Entries without `run` are handled by the search
 * field.
 */
export function keyMap(verbs) {
  return [
    { keys: ["/"], title: gettext("Search (typing a name or a number does it too)"), key: "/", run: verbs.search },
    { keys: ["↑", "↓"], title: gettext("Choose among the results") },
    { keys: ["Enter"], title: gettext("On a result: transfer my call there; without a call, call") },
    { keys: ["Space", "Enter"], title: gettext("With nothing typed: take the caller who waits longest") },
    { keys: ["Enter"], title: gettext("With nothing typed, in a call: transfer it, then choose a person") },
    { keys: ["Alt", "P"], title: gettext("Park my call"), code: "KeyP", alt: true, run: verbs.park },
    { keys: ["Alt", "B"], title: gettext("Take back what I parked"), code: "KeyB", alt: true, run: verbs.takeBack },
    {
      keys: ["Alt", "U"],
      title: gettext("Pick up the chosen phone that rings, or the longest ringing one"),
      code: "KeyU",
      alt: true,
      run: verbs.pickup,
    },
    { keys: ["Alt", "H"], title: gettext("Hang up my call"), code: "KeyH", alt: true, run: verbs.hangup },
    { keys: ["Alt", "X"], title: gettext("Dismiss the oldest message"), code: "KeyX", alt: true, run: verbs.dismiss },
    { keys: ["Esc"], title: gettext("Leave the search, stop a transfer or a drag"), key: "Escape", run: verbs.escape },
    { keys: ["?"], title: gettext("Show these keys"), key: "?", run: verbs.help },
  ];
}

/** Listens to the page. `search` is the search field; `space()` and `enter()` are those keys while it is empty. */
export function listen(map, { search, space, enter }) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (document.querySelector("dialog[open]") !== null) return;
    const nothingTyped = event.target === search && search.value === "";
    const entry = map.find((each) => matches(each, event));
    if (entry !== undefined && (event.altKey || event.key === "Escape" || !isTyping(event.target) || nothingTyped)) {
      if (event.key !== "Escape") event.preventDefault(); // Escape also closes what the browser has opened
      if (!event.repeat) entry.run();
      return;
    }
    if (event.altKey) return;
    if ((event.key === " " || event.key === "Enter") && (nothingTyped || event.target === document.body)) {
      event.preventDefault();
      if (!event.repeat) (event.key === " " ? space : enter)();
    } else if (event.key.length === 1 && event.key !== " " && !isTyping(event.target)) {
      search.focus(); // and the letter arrives there, because this is only the key going down
    }
  });
}

function matches(entry, event) {
  if (entry.run === undefined) return false;
  if (entry.alt) return event.altKey && event.code === entry.code;
  return !event.altKey && entry.key === event.key;
}
