// The entries of menus: each is a command with its title from the catalogue, its key, and the reason when it cannot be
// given just now; what the operator may never do, or the PBX cannot, is left out.
//
// Used by menu-entries.js and steering.js.

import { config } from "./config.js";
import { bindings } from "./keys.js";
import { isAvailable } from "./ways.js";

/** The verbs of keys.js that give a command; those without one have the command's name. */
const VERBS = {
  transfer: "enter",
  call: "enter",
  complete: "enter",
  cancel: "escape",
  consult: "ask",
  retrieve: "fetch",
  mute: "mobile",
  unmute: "mobile",
  dtmf: "tones",
  answer: "take",
};

const titles = new Map(config.commands.map(({ name, title }) => [name, title]));

export const titleOf = (name) => titles.get(name) ?? name;

/**
 * `content` is `{title, sections}` and perhaps `detail`, its sections `{entries}` and perhaps `heading`. Returns it as
 * `<cb-menu>` wants it, each entry with `run()`; undefined when there is nothing that can be done.
 */
export function offered(content, store) {
  if (content === undefined) return undefined;
  const sections = content.sections
    .map(({ heading = "", entries }) => ({
      heading,
      entries: entries.filter((each) => each && isAvailable(store, each.name)),
    }))
    .filter(({ entries }) => entries.length > 0);
  return sections.length === 0 ? undefined : { detail: "", ...content, sections };
}

/**
 * `run` is called with nothing. `more` may have another `id` and `label` than the command's, a `detail`, a `reason` why
 * it cannot be given, the `entries` behind it, and the `verb` whose key does the same, null for none.
 */
export function entry(name, run, more = {}) {
  const { verb = VERBS[name] ?? name, ...rest } = more;
  const binding = bindings.find((each) => each.id !== undefined && each.id === verb);
  const press = binding?.press.includes("+") ? binding.press : ""; // others choose an entry of the menu
  const keys = binding?.keys.join(" ") ?? "";
  return { id: name, name, label: titleOf(name), detail: "", reason: "", press, keys, run, ...rest };
}

/** An entry that has entries of its own; with none of them, or with a reason, it cannot be opened. */
export const parent = (name, entries, reason, more = {}) =>
  entry(name, () => {}, { reason, verb: null, entries: entries.length > 0 ? entries : undefined, ...more });
