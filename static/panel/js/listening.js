// Listening to calls of others: who listens to whom, what is in the way, and the entries of the menus. Pure functions of
// the picture; the strip of the own listening is in panes/listening.js.

import { config } from "./config.js";
import { gettext, interpolate, ngettext } from "./i18n.js";
import { entry, titleOf } from "./menu-entry.js";
import { callsAt, myParty, pbxLink } from "./select.js";
import { foremost, who } from "./words.js";

export const MODES = ["listen", "whisper", "barge"];

/** Shapes of the sprite by mode; a listener who was not sent by the panel has that of the first. */
export const SHAPES = { listen: "icon-ear", whisper: "icon-whisper", barge: "icon-barge" };

const WORDS = {
  listen: () => gettext("%(who)s is listening"),
  whisper: () => gettext("%(who)s is whispering"),
  barge: () => gettext("%(who)s has joined in"),
};

/** What the operator's phone listens to, as a row, or undefined. */
export const ownListening = (store, own) =>
  own === "" ? undefined : [...store.rows("listening").values()].find((row) => row.by.extension === own);

/** Who listens, by the extension of the one who is listened to: a Map of lists of rows. */
export function listenersByExtension(store) {
  const found = new Map();
  for (const row of store.rows("listening").values())
    found.set(row.to.extension, [...(found.get(row.to.extension) ?? []), row]);
  return found;
}

/** What a badge says of these listeners; empty where there is none. */
export function listenersText(rows) {
  if (rows.length === 0) return "";
  const count = rows.length;
  if (count > 1) return interpolate(ngettext("%(count)s listens", "%(count)s listen", count), { count });
  return interpolate((WORDS[rows[0].mode] ?? WORDS.listen)(), { who: who(rows[0].by) });
}

/** The shape for these listeners: of the one who is heard by most. */
export const listenersShape = (rows) =>
  SHAPES[MODES.findLast((mode) => rows.some((row) => row.mode === mode)) ?? "listen"];

/** The call in which a phone talks, as an ExtensionCall, or undefined: also on hold it can be listened to. */
export function talkOf(extension) {
  const call = foremost(extension?.calls ?? []);
  return call !== undefined && (call.state === "talking" || call.state === "held") ? call : undefined;
}

/** Why `mode` cannot be had with the person of this extension's row just now; empty where it can. */
export function listeningObstacle(store, own, row, mode) {
  const mine = ownListening(store, own);
  const talk = talkOf(row);
  const name = { who: row.name || row.number };
  if (own === "") return gettext("You have no phone.");
  if (row.key === own) return gettext("This is your own phone.");
  if (pbxLink(store).link !== "live") return gettext("The PBX is not connected.");
  const lack = lacking(store);
  if (lack !== "") return lack;
  if (talk === undefined) return interpolate(gettext("%(who)s is not talking to anybody."), name);
  if (myParty(store.get("call", talk.call) ?? { parties: [] }, own) !== undefined)
    return gettext("You are in this call yourself.");
  if (mine !== undefined && mine.party !== talk.channel)
    return interpolate(gettext("You are listening to %(who)s: end that first."), { who: who(mine.to) });
  if (mine !== undefined) return mine.mode === mode ? gettext("That is how you listen already.") : "";
  return ownPhoneObstacle(store, own);
}

function ownPhoneObstacle(store, own) {
  const phone = store.get("extension", own);
  if (phone === undefined) return gettext("The PBX does not show your phone.");
  if (phone.state === "offline") return gettext("Your phone is not registered.");
  return callsAt(store, own).length > 0 ? gettext("You are in a call.") : "";
}

/** What the PBX, or our log-in there, cannot do (ami_worker/operations/site.py). */
function lacking(store) {
  const capabilities = new Set([...store.rows("pbx").values()].flatMap((row) => row.capabilities ?? []));
  if (capabilities.has("listen")) return "";
  return capabilities.has("originate") && capabilities.has("include")
    ? gettext("This needs version 3 of the dialplan include on the PBX, and the right to redirect calls.")
    : capabilities.has("originate")
      ? gettext("This needs Cordboard's dialplan include on the PBX.")
      : gettext("The panel's log-in at the PBX may not ring phones.");
}

/**
 * The entries about the person of this extension's row. `listen(name, row, reason)` gives the command, or asks for the
 * reason first where one is needed and none is given; `end()` ends the own listening, `stop(key)` that of somebody else.
 */
export function listeningEntries(store, own, row, { listen, end, stop }) {
  if (row === undefined || row.key === own) return [];
  const isMine = ownListening(store, own)?.to.extension === row.key;
  const usual = usualReasons(store, own, row);
  return [
    ...usual.map((why) =>
      entry("listen", () => listen("listen", row, why), { id: `listen:${why}`, label: withReason(why), verb: null }),
    ),
    ...MODES.map((mode) =>
      entry(mode, () => listen(mode, row), {
        reason: listeningObstacle(store, own, row, mode),
        verb: null,
        ...(mode === "listen" && usual.length > 0 && { label: withReason(gettext("another reason")) }),
      }),
    ),
    isMine && entry("listen_end", end, { verb: null }),
    ...othersListening(store, own, row.key).map((each) =>
      entry("listen_stop", () => stop(each.key), {
        id: `listen_stop:${each.key}`,
        label: interpolate(gettext("End the listening of %(who)s"), { who: who(each.by) }),
        verb: null,
      }),
    ),
  ];
}

/** What one can listen for at once; the mode is changed while listening. */
const usualReasons = (store, own, row) =>
  listeningObstacle(store, own, row, "listen") === "" && needsReason(store, own, talkOf(row).channel)
    ? config.listeningReasons
    : [];

const withReason = (why) => `${titleOf("listen")}: ${why}`;

/** Who else listens to the one with this extension, or listens by that phone. */
const othersListening = (store, own, extension) =>
  [...store.rows("listening").values()].filter(
    ({ to, by }) => by.extension !== own && (to.extension === extension || by.extension === extension),
  );

/** Whether a reason has to be given before the operator may listen to the one who talks on this channel. */
export const needsReason = (store, own, channel) =>
  config.listeningNeedsReason && ownListening(store, own)?.party !== channel;
