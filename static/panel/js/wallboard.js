// The page of a wallboard: asks for what it shows, draws it, and says when it is old.

import { setAttr, setHidden, setText } from "./dom.js";
import { Wall } from "./elements/wall.js";
import { timeOfDay } from "./format.js";
import { gettext, interpolate } from "./i18n.js";
import { Poll } from "./poll.js";

/** Unanswered for so long, what is shown is old. */
const OLD_MILLISECONDS = 8000;

/** New scripts are fetched at most so often: two servers of different ages must not send the page to and fro. */
const RELOAD_MILLISECONDS = 60_000;

const config = JSON.parse(document.getElementById("cordboard-config").textContent);
const root = document.documentElement;
const $ = (id) => document.getElementById(id);
const wall = new Wall($("wall"));

let shown = null; // the last state that came
let heard = null; // of the last answer: the server's time, and when it came by a clock that nobody sets
let isOld = true;
let loadedAt = performance.now();

const serverNow = () => (heard === null ? Date.now() : heard.now + performance.now() - heard.at);

const poll = new Poll(config.state, {
  answered(state, now) {
    heard = { now, at: performance.now() };
    isOld = false;
    if (state !== null) {
      shown = state;
      renew(state.version);
    }
    draw();
  },
  refused(_status, text) {
    shown = null;
    heard = null;
    wall.clear();
    setText($("title"), "");
    setAttr(root, "data-link", "offline");
    say(text || gettext("This wallboard cannot be seen any more."));
  },
  failed() {
    isOld ||= heard === null || performance.now() - heard.at > OLD_MILLISECONDS;
    draw();
  },
});

/** When the panel has new scripts: first that they can be had, for a page that fails to load does not come back. */
async function renew(version) {
  if (version === config.version || performance.now() - loadedAt < RELOAD_MILLISECONDS) return;
  loadedAt = performance.now();
  try {
    const page = await fetch(location.href, { cache: "no-store", signal: AbortSignal.timeout(5000) });
    if (page.ok && (await page.text()).includes('id="wall"')) location.reload();
  } catch {
    // the next answer with that version tries again
  }
}

function draw() {
  if (shown !== null) {
    setAttr(root, "data-theme", shown.theme);
    if (document.title !== shown.title) document.title = shown.title;
    setText($("title"), shown.title);
    wall.show(shown);
  }
  tick();
}

/** The moment that the wall shows: now, or that of the last truth. */
function moment() {
  if (shown !== null && !shown.is_live) return shown.as_of_at === null ? heard.now : Date.parse(shown.as_of_at);
  return isOld && heard !== null ? heard.now : serverNow();
}

function tick() {
  if (heard !== null && performance.now() - heard.at > OLD_MILLISECONDS) isOld = true;
  setText($("time"), timeOfDay(serverNow()).slice(0, 5));
  if (shown === null) {
    if (heard === null && $("notice").hidden) say(gettext("Asking the panel …"));
    return;
  }
  setAttr(root, "data-link", isOld ? "offline" : shown.is_live ? "live" : "stale");
  wall.tick(moment());
  const at = { time: timeOfDay(moment()) };
  if (isOld) say(interpolate(gettext("As of %(time)s: the panel does not answer"), at));
  else if (!shown.is_live) say(interpolate(gettext("As of %(time)s: no connection to the PBX"), at));
  else setHidden($("notice"), true);
}

function say(text) {
  setText($("notice"), text);
  setHidden($("notice"), false);
}

setInterval(tick, 1000);
poll.start();
// The screen's own sleep would make it a black wall.
const stayAwake = () => navigator.wakeLock?.request("screen").catch(() => {});
document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && stayAwake());
stayAwake();
