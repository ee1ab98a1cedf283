// The list of the departments to go to, as the menu of a button (menu.js): letters, arrows and Enter choose.

import { gettext } from "./i18n.js";

/** `departments` as people.js has them; `go(group)` is called with the chosen one. */
export function departmentsMenu(departments, go) {
  const entries = departments.map(({ group, name, load }) => ({
    id: `department:${group}`,
    label: name,
    detail: load,
    press: "",
    keys: "",
    reason: "",
    run: () => go(group),
  }));
  return { title: gettext("Go to a department"), detail: "", sections: [{ heading: "", entries }] };
}
