// Puts store, socket, link and commands together for a page. One page, one session; the entry modules (board.js,
// queues.js) call it.

import { clock } from "./clock.js";
import { Commands } from "./commands.js";
import { config } from "./config.js";
import { Frames } from "./frames.js";
import { LinkState } from "./link.js";
import { markStale } from "./pbxs.js";
import { Renewal } from "./renewal.js";
import { PanelSocket } from "./socket.js";
import { Store } from "./store.js";

/** Whether the operator is in the middle of something that would be gone with the page. */
function isAtWork() {
  const field = document.activeElement?.closest("input, textarea, select");
  return Boolean(field?.value) || document.querySelector("dialog[open], :popover-open") !== null;
}

/** `changed()` is told when the operator's receipts changed. Nothing is connected before `start()`. */
export function openSession({ changed }) {
  const frames = new Frames();
  const link = new LinkState();
  const store = new Store(() => frames.request(deliver));
  const address = new URL(config.socket, location.href);
  address.protocol = location.protocol === "https:" ? "wss:" : "ws:";
  const socket = new PanelSocket(address.href, {
    apply(frame) {
      if (frame.type === "snapshot") clock.set(frame.now);
      return store.apply(frame);
    },
    result: (frame) => commands.onResult(frame),
    time: (now) => clock.set(now),
    version: (version) => renewal.heard(version),
    status: () => link.update(socket, store),
    lost: () => commands.onLost(),
    loggedOut: () => location.assign(`/login/?next=${encodeURIComponent(location.pathname)}`),
  });
  const commands = new Commands({
    store,
    operator: config.operator,
    send: (frame) => socket.send(frame),
    now: () => clock.serverNow(),
    changed: () => frames.request(changed),
  });

  const renewal = new Renewal(config.version, () => isAtWork() || commands.isSending());

  // The link first: a picture that is not live must not tick while it is drawn.
  function deliver() {
    link.update(socket, store);
    markStale(store);
    socket.shown(store.deliver());
  }

  return { config, store, link, commands, frames, start: () => socket.start() };
}
