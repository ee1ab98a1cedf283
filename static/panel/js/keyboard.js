// Listens to the keys of the switchboard; which key does what is in keys.js.
//
// A key with Alt works anywhere on the board, also in the search field; a letter without Alt is text and goes to the
// search field. While somebody writes elsewhere (a note, tones), every key is theirs.

import { isDialogOpen, isTyping } from "./dom.js";
import { pressed } from "./keys.js";

/**
 * `verbs` maps ids of keys.js to functions; `search` is the search field; `arrow(step)` is told of the up and down
 * keys while nothing is typed.
 */
export function listen(verbs, { search, arrow }) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey) return;
    if (event.getModifierState("AltGraph") || isDialogOpen()) return;
    const inSearch = event.target === search;
    if (isTyping(event.target) && !inSearch) return;
    const nothingTyped = inSearch && search.value === "";
    const binding = pressed(event);
    if (binding !== undefined && applies(binding, event, inSearch, nothingTyped)) {
      if (binding.id !== "escape") event.preventDefault(); // Escape also closes what the browser has opened
      if (!event.repeat) verbs[binding.id]();
    } else if (nothingTyped && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      arrow(event.key === "ArrowDown" ? 1 : -1);
    } else if (!event.altKey && event.key.length === 1 && event.key !== " " && !inSearch) {
      search.focus(); // and the letter arrives there, because this is only the key going down
    }
  });
}

/** Enter and Space press the button that has the focus, and are text in the search field once something is typed. */
function applies({ press, empty }, event, inSearch, nothingTyped) {
  if (!empty) return !(press.endsWith("Enter") && isPressable(event.target));
  if (inSearch) return nothingTyped;
  return press === "Space" || press === "Enter" ? event.target === document.body : true;
}

const isPressable = (target) => target instanceof HTMLElement && target.matches("button, a[href], summary");
