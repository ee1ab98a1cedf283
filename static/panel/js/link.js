// How far the picture can be trusted, from the socket and from the PBX rows: `data-link` on the document element, and
// the clock that stands still while the picture is old. Whoever shows the link watches it here.

import { clock } from "./clock.js";
import { pbxLink, pbxsAway } from "./select.js";

export class LinkState {
  /**
   * `link`: "live" | "stale" | "offline" as on the document element. `why`: "live", "connecting", "silent", "gone"
   * (this page), "none", "stale", "offline" (the PBX). `since`: milliseconds of the last truth, or null. `reason`:
   * the worker's sentence. `away`: while the link is live, the rows of those PBXs that are not.
   */
  now = { link: "offline", why: "connecting", since: null, reason: "", away: [] };
  #listeners = new Set();

  watch(listener) {
    this.#listeners.add(listener);
    listener(this.now);
  }

  /** To be called when the socket's status or a PBX row has changed. */
  update(socket, store) {
    const next = judge(socket, store);
    // While nothing moves, the moment of the last truth is the first that was told.
    if (["why", "reason", "pbxAsOf"].every((each) => next[each] === this.now[each]) && isSame(next.away, this.now.away))
      return;
    this.now = next;
    document.documentElement.dataset.link = next.link;
    clock.hold(next.link === "live" ? null : next.since);
    for (const listener of this.#listeners) listener(next);
  }
}

function judge(socket, store) {
  const pbx = pbxLink(store);
  const heard = socket.trueAt === null ? null : clock.serverNow() - (Date.now() - socket.trueAt);
  const asOf = pbx.asOf === null ? null : Date.parse(pbx.asOf);
  const pbxIsLive = pbx.link === "live";
  if (socket.status !== "live") {
    const link = socket.status === "silent" ? "stale" : "offline";
    const since = pbxIsLive ? heard : (asOf ?? heard);
    return { link, why: socket.status, since, reason: "", pbxAsOf: null, away: [] };
  }
  if (pbxIsLive) return { link: "live", why: "live", since: null, reason: "", pbxAsOf: null, away: pbxsAway(store) };
  const link = pbx.link === "stale" ? "stale" : "offline";
  return { link, why: pbx.link, since: asOf, reason: pbx.reason, pbxAsOf: pbx.asOf, away: [] };
}

const SAID = ["key", "link", "as_of_at", "reason"];
const isSame = (rows, others) =>
  rows.length === others.length && rows.every((row, at) => SAID.every((each) => row[each] === others[at][each]));
