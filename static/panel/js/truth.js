// How far the picture of a past moment can be trusted: nobody watched then, or the PBX was not connected. Pure.

import { gettext, interpolate } from "./i18n.js";
import { pbxLink } from "./select.js";

/**
 * `{link, since, text}`: `link` as on the document element, `since` the moment of the last truth (milliseconds) where
 * the picture is not true, `text` the sentence that says so. `gaps` are `[from, to, reason]`; `time(at)` writes one.
 */
export function truthOf(moment, { store, gaps, time }) {
  const gap = gaps.find(([from, to]) => from <= moment && moment < to);
  if (gap !== undefined) return unwatched(gap, time);
  const { link, asOf, reason } = pbxLink(store);
  if (link === "live") return { link, since: moment, text: "" };
  if (link === "none")
    return { link: "offline", since: moment, text: gettext("No PBX had been seen at this moment.") };
  const since = asOf === null ? moment : Math.min(moment, Date.parse(asOf));
  const text =
    link === "stale"
      ? gettext("Not up to date at this moment: the board shows how it was at %(time)s.")
      : gettext("The PBX was not connected at this moment: the board shows how it was at %(time)s.");
  return { link, since, text: [interpolate(text, { time: time(since) }), reason].filter(Boolean).join(" ") };
}

function unwatched([from, to, reason], time) {
  const words = { from: time(from), to: time(to), reason };
  const text = gettext("Nobody watched from %(from)s to %(to)s: the board shows how it was before.");
  return { link: "stale", since: from, text: [interpolate(text, words), reason].filter(Boolean).join(" ") };
}
