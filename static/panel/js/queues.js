// The page of the queues: joins the panes, as board.js does for the switchboard.

import { Actions } from "./actions.js";
import { Alerts } from "./alerts.js";
import { Announcer } from "./announce.js";
import { clock } from "./clock.js";
import { isDialogOpen, setHidden, setText } from "./dom.js";
import { Drag } from "./drag.js";
import "./elements/asking.js";
import { sentence } from "./elements/link.js";
import "./elements/reason.js";
import "./elements/receipts.js";
import { bindHelp } from "./help.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { bindings, pressed } from "./keys.js";
import { titleOf } from "./menu-entry.js";
import { Menus } from "./menu.js";
import { bindChoice } from "./preferences.js";
import { AgentsPane } from "./panes/agents.js";
import { ListeningPane } from "./panes/listening.js";
import { QueuesPane } from "./panes/queues.js";
import { ReceiptsPane } from "./panes/receipts.js";
import { Questions } from "./questions.js";
import { openSession } from "./session.js";
import { steeringMenuOf } from "./steering.js";
import { Walk } from "./walk.js";

const $ = (id) => document.getElementById(id);
const session = openSession({ changed: () => receipts.update() });
const { config, store, commands, link } = session;
const announcer = new Announcer($("announcements"));
const say = (text) => announcer.say(text);
const actions = new Actions({ store, commands, extension: config.extension });

bindChoice(document, "theme", "auto");
const pane = new QueuesPane({
  store,
  operator: config.operator,
  root: $("cards"),
  heads: $("heads"),
  empty: $("no-queues"),
  totals: { waiting: $("total-waiting"), longest: $("total-longest") },
});
new AgentsPane({ store, root: $("agents"), totals: $("totals"), odd: $("odd") });
const rowOf = (key) => {
  const name = CSS.escape(key);
  return document.querySelector(`[data-caller="${name}"], cb-queue-card[data-queue="${name}"] .head`) ?? $("cards");
};
const questions = new Questions({ store, form: $("asking"), rowOf });
const alerts = new Alerts({ store, say: (text) => actions.note(text) });
alerts.bind({ sound: $("alert-sound"), desktop: $("alert-desktop") });
const receipts = new ReceiptsPane({ commands, element: $("receipts"), now: () => clock.serverNow(), say });
const listening = new ListeningPane({
  store,
  actions,
  own: config.extension,
  root: $("listening"),
  form: $("reason"),
  say,
});
const ways = listening.ways((row) => $("agents").querySelector(`[data-agent="${CSS.escape(row.key)}"]`) ?? $("agents"));
const menus = new Menus({
  store,
  element: $("row-menu"),
  root: $("board"),
  rows: "cb-agent, cb-member, cb-caller, cb-queue-card",
  menuOf: (row) => steeringMenuOf(row, { store, actions, questions, listening: ways }),
  meant: () => null,
});

/** Somebody who waits is dropped on a square of a person, or on the card of another queue. */
function onDrop({ call, caller }, { zone, key }) {
  const row = store.get("caller", caller);
  if (row === undefined) return actions.note(gettext("They are no longer waiting."));
  if (zone === "queue" && key === row.queue) return undefined;
  const [name, args] = zone === "queue" ? ["enqueue", { queue: key }] : ["transfer", { to: key }];
  if (actions.can(name)) return actions.give(name, { call, ...args });
  return actions.note(interpolate(gettext("“%(command)s” cannot be used here."), { command: titleOf(name) }));
}

new Drag($("board"), { drop: onDrop });
const walk = new Walk($("board"));
store.watchTogether(["queue", "member", "caller", "call", "alert", "listening"], () => walk.keep());

link.watch((now) => {
  $("link").show(now);
  $("banner").show(now);
  if (sentence(now) !== "") say(sentence(now));
  if (now.why !== "connecting") {
    pane.update();
    alerts.begin();
  }
});
store.watch("call", () => {
  const calls = store.rows("call").size;
  setText($("calls-count"), interpolate(ngettext("%(count)s call", "%(count)s calls", calls), { count: calls }));
});
document.addEventListener("cb-command", (event) => actions.give(event.detail.name, event.detail.args));
document.addEventListener("cb-acknowledge", (event) => alerts.acknowledge(event.detail.key));
/** Those of the board that mean something here, between those of this page. */
const keysOf = (...ids) => ids.map((id) => bindings.find((each) => each.id === id)).filter(({ press }) => press !== "");
const help = bindHelp([
  { keys: ["↑", "↓", "←", "→"], title: gettext("Walk over people, queues and those who wait") },
  { keys: ["⏎"], title: gettext("On the name of a queue: open it, or close it") },
  ...keysOf("menu"),
  { keys: ["Ctrl", "Z"], title: gettext("Undo what was done last, where that can be undone") },
  ...keysOf("dismiss", "help"),
]);
document.addEventListener("keydown", (event) => {
  if (event.defaultPrevented || isDialogOpen()) return undefined;
  const isUndo = event.ctrlKey && !event.altKey && !event.shiftKey && event.key === "z";
  if (isUndo && event.target.closest("input") === null && receipts.undoNewest()) return event.preventDefault();
  const verb = pressed(event)?.id;
  if (verb === "dismiss") receipts.dismissOldest();
  else if (verb === "menu" && menus.openMeant()) event.preventDefault();
  else if (verb === "help" && !event.repeat) help();
  return undefined;
});
setHidden($("callers-count"), true);

session.start();
