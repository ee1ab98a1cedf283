// Who seems to work in a queue and does not: people of agents.js in, sentences out. Pure.

import { gettext, interpolate } from "./i18n.js";

/** Calls in a row that rang for nothing. */
const MOST_UNANSWERED = 3;

/**
 * What is odd about an agent, or "". `pauseMinutes` says by reason how long a pause may last; `now` is in
 * milliseconds.
 */
export function oddity({ queues }, pauseMinutes, now) {
  if (queues.some((row) => row.state === "away" && !row.paused)) return gettext("logged in, phone not registered");
  const unanswered = Math.max(...queues.map((row) => (row.paused ? 0 : (row.unanswered ?? 0))));
  if (unanswered >= MOST_UNANSWERED)
    return interpolate(gettext("rang %(count)s times without an answer"), { count: unanswered });
  const over = Math.max(...queues.map((row) => minutesOver(row, pauseMinutes, now)));
  if (over >= 0) return interpolate(gettext("paused %(count)s min over what is allowed"), { count: Math.floor(over) });
  return "";
}

/** Minutes that a pause has lasted longer than it may; negative when it has not. */
function minutesOver(row, pauseMinutes, now) {
  const allowed = pauseMinutes[row.pause_reason] ?? 0;
  if (!row.paused || allowed === 0 || row.state !== "paused" || row.state_at === null) return -1;
  return (now - Date.parse(row.state_at)) / 60_000 - allowed;
}
