// Words for people. Every text that somebody reads goes through here, so that `makemessages -d djangojs` finds it.
// Works with Django's JavaScriptCatalog when the page has loaded one, and with the English texts when it has not.

export const gettext = (text) => globalThis.django?.gettext?.(text) ?? text;

export const ngettext = (one, many, count) =>
  globalThis.django?.ngettext?.(one, many, count) ?? (count === 1 ? one : many);

/** Fills `%(name)s` from `values`; the placeholder syntax is that of Django's catalogs. */
export const interpolate = (text, values) =>
  text.replace(/%\((\w+)\)s/g, (whole, name) => (name in values ? String(values[name]) : whole));
