// The page of the queues: joins the panes, as board.js does for the switchboard.

import { Actions } from "./actions.js";
import { Alerts } from "./alerts.js";
import { Announcer } from "./announce.js";
import { clock } from "./clock.js";
import { setHidden, setText } from "./dom.js";
import { sentence } from "./elements/link.js";
import "./elements/receipts.js";
import { interpolate, ngettext } from "./i18n.js";
import { pressed } from "./keys.js";
import { Menus } from "./menu.js";
import { bindChoice } from "./preferences.js";
import { QueuesPane } from "./panes/queues.js";
import { ReceiptsPane } from "./panes/receipts.js";
import { openSession } from "./session.js";
import { steeringMenuOf } from "./steering.js";

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
  empty: $("no-queues"),
  totals: { waiting: $("total-waiting"), longest: $("total-longest"), states: $("totals") },
  people: $("agents"),
  odd: $("odd"),
});
const alerts = new Alerts({ store, say: (text) => actions.note(text) });
alerts.bind({ sound: $("alert-sound"), desktop: $("alert-desktop") });
const receipts = new ReceiptsPane({ commands, element: $("receipts"), now: () => clock.serverNow(), say });
const menus = new Menus({
  store,
  element: $("row-menu"),
  root: $("board"),
  rows: "cb-agent, cb-member, cb-caller, cb-queue-card",
  menuOf: (row) => steeringMenuOf(row, { store, actions }),
  meant: () => null,
});

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
document.addEventListener("keydown", (event) => {
  const verb = pressed(event)?.id;
  if (verb === "dismiss") receipts.dismissOldest();
  else if (verb === "menu" && menus.openMeant()) event.preventDefault();
});
setHidden($("callers-count"), true);

session.start();
