// What the server tells the page about its operator (panel/pages.py, `page`), read once.

const page = JSON.parse(document.getElementById("cordboard-config")?.textContent ?? "{}");

export const config = {
  operator: page.operator?.key ?? "",
  name: page.operator?.name ?? "",
  role: page.operator?.role ?? "",
  extension: page.operator?.extension ?? "",
  mayDialOut: page.operator?.may_dial_out ?? true,
  socket: page.socket ?? "/ws/panel/",
  version: page.version ?? "", // of the scripts that this page was made with
  commands: page.catalogue ?? [],
  listeningNeedsReason: page.listening_needs_reason ?? true,
  listeningReasons: page.listening_reasons ?? [], // the usual ones
  pauseReasons: page.pause_reasons ?? [],
  prompts: page.prompts ?? [], // names
  queueSets: page.queue_sets ?? [], // {name, queues}
  pauseMinutes: page.pause_minutes ?? {}, // how long a pause of that reason may last, where that is limited
  mayAcknowledge: page.may_acknowledge ?? false,
  replay: page.replay ?? null, // only on the page of the replay: {film, at, now, zone, call, view}
  pbxs: page.pbxs ?? [], // their names, the first one first; empty where there is only one
  keys: page.operator?.keys ?? {}, // verb to press, see keys.js
};

const allowed = new Set(config.commands.filter((command) => command.allowed).map((command) => command.name));

/**
 * May the operator give this command? A control for what is refused anyway is not shown. The server decides; this
 * only tidies up.
 */
export const may = (name) => allowed.has(name);
