// The dialog that tells the keys of a page: opened by the key for it and from the operator's menu.

import { h } from "./dom.js";

/** `lines` are `{keys, title}`, as keys.js has them. Returns what opens the dialog. */
export function bindHelp(lines) {
  const $ = (id) => document.getElementById(id);
  const line = ({ keys, title }) =>
    h(
      "div",
      {},
      h(
        "dt",
        {},
        keys.map((key) => h("kbd", {}, key)),
      ),
      h("dd", {}, title),
    );
  $("key-list").append(...lines.map(line));
  $("show-keys").addEventListener("click", () => {
    $("menu").hidePopover();
    $("keys").showModal();
  });
  return () => $("keys").showModal();
}
