// The page of the replay: the panes of the switchboard and of the queues over a store that is fed from a film of the
// past (film.js, player.js) and not from a socket. There is nothing here that could give a command.

import { clock } from "./clock.js";
import { config } from "./config.js";
import { isTyping, setAttr, setHidden, setIcon, setText } from "./dom.js";
import { Film } from "./film.js";
import { setZone } from "./format.js";
import { Frames } from "./frames.js";
import { gettext, interpolate } from "./i18n.js";
import { Moments } from "./moments.js";
import { AgentsPane } from "./panes/agents.js";
import { PastCalls } from "./panes/past-calls.js";
import { People } from "./panes/people.js";
import { QueuesPane } from "./panes/queues.js";
import { Scrub } from "./panes/scrub.js";
import { WaitingPane, otherLists } from "./panes/waiting.js";
import { Player } from "./player.js";
import { preference } from "./preferences.js";
import { Store } from "./store.js";
import { truthOf } from "./truth.js";

const EDGES = { begins: () => gettext("The film begins here."), ends: () => gettext("The film ends here.") };

const TICK_MILLISECONDS = 100;

/** A tab that was not looked at goes on where it was: no more than this is played between two ticks. */
const LONGEST_TICK_MILLISECONDS = 1000;

/** A click that comes so soon after the mouse was let go is the mouse's. */
const POINTED_MILLISECONDS = 500;

const STEP_MILLISECONDS = 10_000;

/** Without a moment to begin with, it is that long ago. */
const USUAL_MILLISECONDS = 60_000;

/** Who looks at the past has no phone in it, nothing in hand, and can do nothing. */
const NOBODY = "";
const bystander = { watch: () => {}, can: () => false, selected: undefined, inHand: undefined };
const taking = { upcoming: undefined };

const root = document.documentElement;
const $ = (id) => document.getElementById(id);

const { film: address, at: wanted, now, zone, call, view, pbx } = config.replay;
const moments = new Moments(zone, root.lang);
setZone(zone); // what the rows say of times of day is to agree with the strip
const frames = new Frames();
const store = new Store(() => frames.request(draw));
const film = new Film(address, pbx);
const player = new Player({ store, film, changed: () => frames.request(draw) });
const scrub = new Scrub({
  film,
  moments,
  input: $("scrub"),
  gaps: $("gaps"),
  scale: $("scale"),
  sought: (at) => seek(at),
});

// --- the panes

new People({ store, own: NOBODY, root: $("departments"), tabs: $("tabs"), order: preference("order", "number") });
new WaitingPane({ store, taking, actions: bystander, operator: NOBODY, root: $("queues"), count: $("waiting-count") });
otherLists({ store, taking, actions: bystander, own: NOBODY, operator: NOBODY }, (name) => ({
  root: $(name),
  count: $(`${name}-count`),
  empty: $(`${name}-empty`),
}));
const queues = new QueuesPane({
  store,
  operator: NOBODY,
  root: $("cards"),
  heads: $("heads"),
  empty: $("no-queues"),
  totals: { waiting: $("total-waiting"), longest: $("total-longest") },
});
new AgentsPane({ store, root: $("agents"), totals: $("totals"), odd: $("odd") });
const calls = new PastCalls({
  store,
  root: $("past-calls"),
  count: $("past-calls-count"),
  empty: $("past-calls-empty"),
  absent: $("past-call-absent"),
  meant: call,
  changed: keepAddress,
});

// --- what is shown

function draw() {
  if (!isSought) findBeginning();
  const { shown, failure } = player;
  // First how far it can be trusted: a picture that is not true must not tick while it is drawn.
  const isShown = failure === null && shown !== null;
  const moment = isShown ? shown : player.moment;
  const nothing = { link: "offline", since: moment, text: "" };
  const truth = isShown ? truthOf(moment, { store, gaps: film.gaps, time }) : nothing;
  setAttr(root, "data-link", truth.link);
  clock.hold(truth.since);
  store.deliver();
  if (isShown) queues.update();
  calls.mark();
  drawMoment(moment);
  drawSentence(failure === null ? truth.text : "", failure);
  drawControls();
}

const time = (at) => moments.time(at);

function drawMoment(moment) {
  setText($("day"), moments.day(moment));
  setText($("time"), time(moment));
  setAttr($("moment"), "datetime", new Date(moment).toISOString());
  const isElsewhere = zone !== Intl.DateTimeFormat().resolvedOptions().timeZone;
  setText($("zone"), isElsewhere ? moments.zone(moment) : "");
  const title = interpolate(gettext("%(time)s, the past · Cordboard"), { time: time(moment) });
  if (document.title !== title) document.title = title;
}

/** Without a moment to begin with, one is found: where the film ends, if that is longer ago. */
let isSought = wanted !== null;
function findBeginning() {
  if (player.failure?.code !== "nothing_recorded" || film.latest === null) return;
  isSought = true;
  player.seek(film.latest);
}

function drawSentence(text, failure) {
  setText($("untold"), text);
  setHidden($("untold"), text === "");
  setAttr(root, "data-waiting", player.shown !== player.moment && failure === null ? "" : null);
  setAttr(root, "data-fetching", player.isWaiting && failure === null ? "" : null);
  setHidden($("failure"), failure === null);
  if (failure === null) return;
  setText($("failure-text"), failure.message);
  const { earliest, latest } = film;
  const span = { from: `${moments.day(earliest)} ${time(earliest)}`, to: `${moments.day(latest)} ${time(latest)}` };
  const isKnown = failure.code === "nothing_recorded" && earliest !== null && latest !== null;
  setText($("failure-span"), isKnown ? interpolate(gettext("There is film from %(from)s to %(to)s."), span) : "");
  setHidden($("again"), failure.code === "logged_out");
  setHidden($("log-in"), failure.code !== "logged_out");
}

function drawControls() {
  const { isPlaying, edge, moment } = player;
  setText($("play").querySelector(".word"), isPlaying ? gettext("Pause") : gettext("Play"));
  setIcon($("play").querySelector("svg"), isPlaying ? "icon-pause" : "icon-play");
  setText($("edge"), EDGES[edge]?.() ?? "");
  scrub.update(moment);
  const field = $("at");
  if (document.activeElement !== field) field.value = moments.field(moment);
}

/** The address shows the moment, so that it can be kept, sent, and loaded again. */
function keepAddress() {
  const query = new URLSearchParams({ at: Math.floor(player.moment), view: root.dataset.board });
  if (calls.meant !== "") query.set("call", calls.meant);
  for (const link of document.querySelectorAll("a[data-pbx]")) {
    query.set("pbx", link.dataset.pbx);
    link.href = `?${query}`; // the same moment of another PBX
  }
  if (pbx !== "") query.set("pbx", pbx);
  history.replaceState(null, "", `?${query}`);
}

// --- what can be done: to look elsewhere

let keeping = 0;
function seek(at) {
  player.seek(at);
  clearTimeout(keeping); // while the bar is dragged the address would change too often for the browser
  keeping = setTimeout(keepAddress, 300);
}

function toggle() {
  if (player.isPlaying) player.pause();
  else player.play();
  keepAddress();
}

/** With the mouse nothing keeps the focus but what is written into: the keys stay those of the film. */
let pointed = -Infinity;
document.addEventListener("pointerup", () => (pointed = performance.now()), { capture: true });
const leave = (element) => performance.now() - pointed < POINTED_MILLISECONDS && element.blur();
document.addEventListener("click", (event) => leave(event.target.closest("button") ?? root));

function choose(name, changed) {
  for (const radio of document.querySelectorAll(`input[name="${name}"]`)) {
    radio.addEventListener("change", () => changed(radio.value));
    radio.addEventListener("click", () => leave(radio));
  }
}

choose("speed", (value) => (player.speed = Number(value)));
choose("span", (value) => {
  scrub.isHour = value === "hour";
  frames.request(draw);
});
choose("board", (value) => {
  setBoard(value);
  keepAddress();
});

function setBoard(name) {
  root.dataset.board = name;
  setHidden($("switchboard"), name === "queues");
  setHidden($("board"), name !== "queues");
  $("now").href = name === "queues" ? $("now").dataset.queues : $("now").dataset.switchboard;
}

$("play").addEventListener("click", toggle);
$("earlier").addEventListener("click", () => seek(player.moment - STEP_MILLISECONDS));
$("later").addEventListener("click", () => seek(player.moment + STEP_MILLISECONDS));
$("again").addEventListener("click", () => player.again());
$("goto").addEventListener("submit", (event) => {
  event.preventDefault();
  const at = moments.parse($("at").value);
  if (at !== null) seek(at);
  $("at").blur();
});

const KEYS = {
  " ": toggle,
  ArrowLeft: () => seek(player.moment - STEP_MILLISECONDS),
  ArrowRight: () => seek(player.moment + STEP_MILLISECONDS),
};

document.addEventListener("keydown", (event) => {
  const { target, key } = event;
  const isBar = target === $("scrub");
  const isOthers = !isBar && (isTyping(target) || (key === " " && target.closest("button, a") !== null));
  if (isOthers || (event.repeat && key === " ") || event.ctrlKey || event.altKey || event.metaKey || !Object.hasOwn(KEYS, key)) return;
  event.preventDefault();
  KEYS[key]();
});

let ticked = performance.now();
setInterval(() => {
  const now = performance.now();
  player.advance(Math.min(now - ticked, LONGEST_TICK_MILLISECONDS));
  ticked = now;
}, TICK_MILLISECONDS);

root.dataset.view = preference("view", "tiles");
setBoard(view);
player.seek(wanted ?? now - USUAL_MILLISECONDS);
