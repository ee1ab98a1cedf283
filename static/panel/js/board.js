// The switchboard page: makes the panes and joins the keys to actions. The mouse is in gestures.js.

import { Actions } from "./actions.js";
import { Announcer } from "./announce.js";
import { Claimer } from "./claimer.js";
import { clock } from "./clock.js";
import { isPopoverOpen, setAttr, setHidden, setText } from "./dom.js";
import "./elements/choice.js";
import { sentence } from "./elements/link.js";
import "./elements/message.js";
import "./elements/person.js";
import "./elements/reason.js";
import "./elements/receipts.js";
import { Gestures } from "./gestures.js";
import { bindHelp } from "./help.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { departmentsMenu } from "./jump.js";
import { listen } from "./keyboard.js";
import { bindings, hint } from "./keys.js";
import { Menus, isByKey } from "./menu.js";
import { menuOf } from "./menu-entries.js";
import { Messages } from "./messages.js";
import { bindOnly } from "./only.js";
import { Offers } from "./offers.js";
import { Glance } from "./panes/glance.js";
import { ListeningPane } from "./panes/listening.js";
import { MyCalls } from "./panes/my-calls.js";
import { People } from "./panes/people.js";
import { ReceiptsPane } from "./panes/receipts.js";
import { SearchPane } from "./panes/search.js";
import { WaitingPane, otherLists } from "./panes/waiting.js";
import { bindChoice } from "./preferences.js";
import { CAPABILITIES, isOffered } from "./select.js";
import { openSession } from "./session.js";
import { Taking } from "./taking.js";
import { circumstances } from "./ways.js";

const TWICE_MILLISECONDS = 600;

const root = document.documentElement;
const $ = (id) => document.getElementById(id);

const session = openSession({ changed: () => receipts.update() });
const { config, store, commands, link } = session;
const own = config.extension ?? "";
const operator = config.operator;
const announcer = new Announcer($("announcements"));
const say = (text) => announcer.say(text);
const choice = $("choice");
const claimer = new Claimer(commands);
const actions = new Actions({ store, commands, claimer, extension: own, choose });
const taking = new Taking({ store, actions, extension: own, operator });
const offers = new Offers({ store, actions, extension: own });

const order = bindChoice(document, "order", "number", (value) => (people.order = value));
bindChoice(document, "view", "tiles");
bindChoice(document, "theme", "auto");

const people = new People({ store, own, root: $("departments"), tabs: $("tabs"), order });
const toggleOnly = bindOnly({ people, button: $("only"), nobody: $("nobody"), say });
const search = new SearchPane({
  store,
  actions,
  own,
  input: $("search"),
  list: $("results"),
  person: $("person"),
  found: $("found"),
  people: $("people"),
  nothing: $("no-results"),
});
const mine = new MyCalls({
  store,
  actions,
  offers,
  own,
  operator,
  root: $("my-calls"),
  empty: $("my-calls-empty"),
  answered: () => search.focus(),
  rings: say,
});
new WaitingPane({ store, taking, actions, operator, root: $("queues"), count: $("waiting-count") });
otherLists({ store, taking, actions, own, operator }, (name) => ({
  root: $(name),
  count: $(`${name}-count`),
  empty: $(`${name}-empty`),
}));
const glance = new Glance({ store, actions, own, root: $("departments"), element: $("glance") });
const receipts = new ReceiptsPane({ commands, element: $("receipts"), now: () => clock.serverNow(), say });
const anchorOf = (key) => (search.isOpen ? search.anchor : people.tile(key)) ?? $("search");
const messages = new Messages({ store, actions, offers, own, form: $("message"), anchorOf });
const gestures = new Gestures({
  store,
  actions,
  taking,
  messages,
  search,
  people,
  glance,
  own,
  board: $("board"),
  departments: $("departments"),
});
const listening = new ListeningPane({ store, actions, own, root: $("listening"), form: $("reason"), say });
const ways = listening.ways((row) => anchorOf(row.key));
const IN_HAND = ".mine cb-consult, .mine cb-call[data-in-hand], .mine cb-call";
const menus = new Menus({
  store,
  element: $("row-menu"),
  root: $("board"),
  rows: "cb-extension, cb-call, cb-consult, cb-caller, cb-held, cb-parked, cb-result",
  menuOf: (row) =>
    row === $("jump")
      ? departmentsMenu(people.departments, goTo)
      : menuOf(row, { store, actions, taking, gestures, own, listening: ways, root: $("board") }),
  // The chosen result, else the selected waiting call, the call in hand.
  meant: () =>
    (search.isOpen ? (search.anchor ?? null) : null) ??
    $("board").querySelector("[data-selected]") ??
    $("board").querySelector(IN_HAND),
  opening: () => gestures.arm(false),
  depends: () => actions.inHand?.key,
});
$("jump").addEventListener("click", () => menus.toggle($("jump")));
$("search").addEventListener("contextmenu", (event) => isByKey(event) && menus.openMeant() && event.preventDefault());

// --- link, counts, and what the PBX can do

link.watch((now) => {
  $("link").show(now);
  $("banner").show(now);
  if (sentence(now) !== "") say(sentence(now));
  drawCounts();
});

function drawCounts() {
  const calls = store.rows("call").size;
  const waiting = store.rows("caller").size;
  setText($("calls-count"), interpolate(ngettext("%(count)s call", "%(count)s calls", calls), { count: calls }));
  setText(
    $("callers-count"),
    interpolate(ngettext("%(count)s waiting", "%(count)s waiting", waiting), { count: waiting }),
  );
  const known = link.now.why !== "connecting";
  setHidden($("skeleton"), known);
  setHidden($("no-phones"), !known || store.rows("extension").size > 0 || search.isOpen);
}
for (const kind of ["call", "caller", "extension"]) store.watch(kind, drawCounts);
store.watch("pbx", () =>
  setAttr(root, "data-lacks", [...CAPABILITIES].filter((name) => !isOffered(store, name)).join(" ")),
);

// --- a question before a transfer that would fail

function choose({ title, ways, key }) {
  choice.open({ title, ways, anchor: anchorOf(key), about: { key, call: ways[0].args.call } });
}
store.watch("extension", (changes) => {
  const row = changes.get(choice.about?.key);
  if (row !== undefined) choice.retitle(circumstances(store, row, choice.about.call));
});
store.watch("call", () => {
  if (choice.about !== null && store.get("call", choice.about.call) === undefined) choice.close();
});

// --- keyboard

/** The second Enter of somebody who pressed it twice belongs to what was done before. */
const isTwice = () => performance.now() - search.reachedAt < TWICE_MILLISECONDS;

/** Two presses in a row take one caller, not two. */
let takenAt = -Infinity;
function takeNext() {
  if (performance.now() - takenAt < TWICE_MILLISECONDS) return;
  takenAt = performance.now();
  taking.next();
}

/** A command towards the person who is chosen; on a call that came back, towards the one who did not take it. */
function toward(name) {
  const person = gestures.meant?.key;
  gestures.toward(name, search.target ?? person, person);
}

function enter() {
  if (isTwice()) return;
  if (actions.endConsult("complete")) return;
  if (actions.selected !== undefined) return takeNext();
  if (offers.isOpen) return sendOn();
  if (actions.inHand === undefined) takeNext();
  else gestures.arm(true);
}

function sendOn() {
  const way = offers.take();
  if (way === undefined) return actions.note(gettext("Nothing was sent: the list has just changed. Press again."));
  search.reachedAt = performance.now();
  actions.give(way.name, way.args);
}

function ask() {
  search.reachedAt = performance.now();
  toward("consult");
}

/** Alt+M: a person's mobile when there is one to mean, and else the operator's own microphone. */
function mobile() {
  const row = gestures.meant;
  if (row === undefined) return actions.toggleMute();
  const number = row.numbers?.[0]?.number;
  if (number === undefined) {
    const words = { who: row.name || row.number };
    return actions.note(interpolate(gettext("%(who)s has no other number."), words));
  }
  actions.reach(number);
  search.close();
}

function voicemail() {
  const back = offers.now?.back.target.extension;
  if (gestures.meant === undefined && back) actions.sendTo("voicemail", back);
  else toward("voicemail");
}

function escape() {
  if (messages.isOpen) messages.close();
  else if (gestures.cancelDrag() || isPopoverOpen()) return;
  else if (gestures.isArmed) gestures.arm(false);
  else if (search.isOpen) search.close();
  else if (actions.selected !== undefined) actions.select(null);
  else if (offers.isOpen) {
    offers.waveAway();
    mine.update();
  } else if (!isTwice()) actions.endConsult("cancel");
  search.focus();
}

/** The up and down keys while nothing is typed: in an offer, or else among those who wait. */
function arrow(step) {
  if (offers.isOpen) {
    offers.move(step);
    return mine.update();
  }
  const waiting = [...$("others").querySelectorAll('cb-caller, cb-parked, cb-held:not([data-care="phone"])')];
  const at = waiting.findIndex((each) => each.hasAttribute("data-selected"));
  const next = waiting[at < 0 ? (step > 0 ? 0 : waiting.length - 1) : at + step];
  actions.select(next?.dataset.call ?? null);
  if (next === undefined) return;
  next.scrollIntoView({ block: "nearest" });
  say(next.getAttribute("aria-label"));
}

function goTo(group) {
  const tile = people.goTo(group);
  if (tile !== undefined) gestures.focusTile(tile);
}

function jump() {
  if (people.departments.length < 2) return actions.note(gettext("There is only one department."));
  search.close();
  menus.toggle($("jump"));
}

function fieldOf(selector) {
  const call = actions.selected ?? actions.consult?.call ?? actions.inHand;
  const element = call && $("board").querySelector(`[data-call="${CSS.escape(call.key)}"] ${selector}`);
  if (!element) actions.note(gettext("There is no call to do this with."));
  return element;
}

listen(
  {
    search: () => search.focus(),
    take: takeNext,
    enter,
    ask,
    escape,
    swap: () => actions.endConsult("swap") || actions.note(gettext("You are not asking anybody.")),
    join: () => actions.endConsult("join") || actions.note(gettext("You are not asking anybody.")),
    fetch: () => taking.fetchBack(),
    hold: () => toward("hold"),
    park: () => actions.park(),
    camp: () => toward("camp"),
    voicemail,
    mobile,
    serial: () => toward("serial"),
    note: () => fieldOf("cb-note")?.edit(),
    message: () => messages.open(gestures.meant?.key),
    tones: () => fieldOf("cb-tones")?.toggle(),
    pickup: () => taking.pickup(gestures.meant?.key),
    hangup: () => actions.hangup(),
    menu: () => menus.openMeant(),
    departments: jump,
    only() {
      search.close();
      toggleOnly();
    },
    dismiss: () => receipts.dismissOldest(),
    help: bindHelp(bindings),
  },
  { search: $("search"), arrow },
);

for (const kbd of document.querySelectorAll("kbd[data-verb]")) setText(kbd, hint(kbd.dataset.verb));
const withKey = (text, verb) => (hint(verb) === "" ? text : `${text} (${hint(verb)})`);
$("jump").title = withKey(gettext("Go to a department"), "departments");
$("only").title = withKey(gettext("Only who is busy, ringing or asked for"), "only");
$("search").placeholder = gettext("Find a person or type a number");

session.start();
