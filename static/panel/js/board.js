// The switchboard page: makes the panes and joins gestures to actions.

import { Actions } from "./actions.js";
import { Announcer } from "./announce.js";
import { clock } from "./clock.js";
import { h, setHidden, setText } from "./dom.js";
import { Drag } from "./drag.js";
import "./elements/link.js";
import "./elements/receipts.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { keyMap, listen } from "./keyboard.js";
import { sentence } from "./elements/link.js";
import { bindChoice } from "./preferences.js";
import { MyCalls } from "./panes/my-calls.js";
import { People, neighbour } from "./panes/people.js";
import { ReceiptsPane } from "./panes/receipts.js";
import { SearchPane } from "./panes/search.js";
import { WaitingPane, otherLists } from "./panes/waiting.js";
import { openSession } from "./session.js";
import { keyName } from "./words.js";

const TWICE_MILLISECONDS = 600;

const root = document.documentElement;
const $ = (id) => document.getElementById(id);

const session = openSession({ changed: () => receipts.update() });
const { config, store, commands, link } = session;
const own = config.extension ?? "";
const announcer = new Announcer($("announcements"));
const say = (text) => announcer.say(text);
const actions = new Actions({ store, commands, extension: own });

const order = bindChoice(document, "order", "number", (value) => (people.order = value));
bindChoice(document, "view", "tiles");
bindChoice(document, "theme", "auto");

const people = new People({ store, own, root: $("departments"), tabs: $("tabs"), order });
const search = new SearchPane({
  store,
  actions,
  own,
  input: $("search"),
  list: $("results"),
  people: $("people"),
  nothing: $("no-results"),
});
new MyCalls({
  store,
  actions,
  own,
  root: $("my-calls"),
  empty: $("my-calls-empty"),
  answered: () => search.focus(),
  rings: say,
});
new WaitingPane({ store, root: $("queues"), count: $("waiting-count") });
otherLists(store, own, (name) => ({ root: $(name), count: $(`${name}-count`), empty: $(`${name}-empty`) }));
const receipts = new ReceiptsPane({ commands, element: $("receipts"), now: () => clock.serverNow(), say });

// --- link and counts

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

// --- choosing whom a call is for: the Transfer button arms, a click on a tile fires

function arm(on) {
  root.toggleAttribute("data-arming", on && actions.inHand !== undefined);
  if (on) search.focus();
}
store.watch("call", () => actions.inHand === undefined && arm(false));

document.addEventListener("cb-command", (event) => {
  const { name, args, from } = event.detail;
  if (from.localName === "cb-call" && name === "transfer") {
    actions.chosen = args.call;
    return arm(true);
  }
  if (from.localName === "cb-extension" && name === "transfer") actions.transfer(args.to);
  else actions.give(name, args);
  arm(false);
});

$("departments").addEventListener("click", (event) => {
  const tile = event.target.closest("cb-extension");
  if (tile === null || event.target.closest("button") !== null) return;
  focusTile(tile);
  if (tile.row.key !== own && (event.altKey || root.hasAttribute("data-arming"))) {
    actions.transfer(tile.row.key);
    arm(false);
  }
});

// --- keyboard

function focusTile(tile) {
  $("departments").querySelector('cb-extension[tabindex="0"]')?.setAttribute("tabindex", "-1");
  tile.tabIndex = 0;
  tile.focus();
}

/** The phone that is chosen: the focused tile, or the search result that Enter would act on. */
const chosenPhone = () => document.activeElement?.closest("cb-extension")?.row.key ?? search.chosen?.key;

$("departments").addEventListener("keydown", (event) => {
  const tile = event.target;
  if (tile.localName !== "cb-extension" || event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key.startsWith("Arrow")) {
    const next = neighbour(people.visible(), tile, event.key);
    if (next !== undefined) focusTile(next);
  } else if ((event.key === "Enter" || event.key === " ") && !event.repeat) {
    if (tile.row.key === own) return;
    if (actions.inHand === undefined && tile.hasAttribute("data-ringing")) actions.pickup(tile.row.key);
    else actions.reach(tile.row.key);
    arm(false);
  } else return;
  event.preventDefault();
});

const drag = new Drag($("board"), (item, target) => actions.drop(item, target));
const keys = keyMap({
  search: () => search.focus(),
  park: () => actions.park(),
  takeBack: () => actions.takeBack(),
  pickup: () => actions.pickup(chosenPhone()),
  hangup: () => actions.hangup(),
  dismiss: () => receipts.dismissOldest(),
  help: () => $("keys").showModal(),
  escape() {
    if (drag.cancel()) return;
    if (root.hasAttribute("data-arming")) arm(false);
    search.close();
    search.focus();
  },
});
listen(keys, {
  search: $("search"),
  space: () => actions.takeNext(),
  enter() {
    // The second Enter of somebody who pressed it twice belongs to the transfer before.
    if (performance.now() - search.reachedAt < TWICE_MILLISECONDS) return;
    if (actions.inHand === undefined) actions.takeNext();
    else arm(true);
  },
});

$("key-list").append(
  ...keys.map((entry) =>
    h(
      "div",
      {},
      h(
        "dt",
        {},
        entry.keys.map((key) => h("kbd", {}, keyName(key))),
      ),
      h("dd", {}, entry.title),
    ),
  ),
);
$("show-keys").addEventListener("click", () => {
  $("menu").hidePopover();
  $("keys").showModal();
});
$("search").placeholder = gettext("Find a person or type a number");

session.start();
