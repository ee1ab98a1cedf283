// How far the picture can be trusted, from the socket and from the PBX rows: `data-link` on the document element, and
// the clock that stands still while the picture is old. Whoever shows the link watches it here.

import { clock } from "./clock.js";
import { pbxLink } from "./select.js";

export class LinkState {
  /**
   * `link`: "live" | "stale" | "offline" as on the document element. `why`: "live", "connecting", "silent", "gone"
   * (this page), "none", "stale", "offline" (the PBX). `since`: milliseconds of the last truth, or null. `reason`:
   * the worker's sentence.
   */
  now = { link: "offline", why: "connecting", since: null, reason: "" };
  #listeners = new Set();

  watch(listener) {
    this.#listeners.add(listener);
    listener(this.now);
  }

  /** To be called when the socket's status or a PBX row has changed. */
  update(socket, store) {
    const next = judge(socket, store);
    // While nothing moves, the moment of the last truth is the first that was told.
    if (next.why === this.now.why && next.reason === this.now.reason && next.pbxAsOf === this.now.pbxAsOf) return;
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
    return { link, why: socket.status, since: pbxIsLive ? heard : (asOf ?? heard), reason: "", pbxAsOf: null };
  }
  if (pbxIsLive) return { link: "live", why: "live", since: null, reason: "", pbxAsOf: null };
  const link = pbx.link === "stale" ? "stale" : "offline";
  return { link, why: pbx.link, since: asOf, reason: pbx.reason, pbxAsOf: pbx.asOf };
}
