// What is asked on the page of the queues where a menu would be too long: a number for somebody who waits, and a person
// for a queue. Joins the menus of steering-queues.js to `<cb-asking>`.

import { dialable } from "./format.js";
import { gettext, interpolate } from "./i18n.js";
import { inOrder } from "./select.js";

export class Questions {
  #store;
  #form;
  #rowOf;

  /** `form` is the `<cb-asking>`, `rowOf(key)` the element of the caller or the queue with that key. */
  constructor({ store, form, rowOf }) {
    this.#store = store;
    this.#form = form;
    this.#rowOf = rowOf;
  }

  /** Asks to which number `who` is sent, whose row has that key; calls `send(number)`. */
  number(key, who, send) {
    this.#form.open({
      title: interpolate(gettext("To which number is %(who)s sent?"), { who }),
      anchor: this.#rowOf(key),
      read: (text) => dialable(text) || undefined,
      refusal: gettext("This is no number."),
      give: send,
    });
  }

  /** Asks who is meant in a question about the queue with that key; calls `give(extension)` with the key of theirs. */
  person(key, title, give) {
    const people = inOrder(this.#store.rows("extension"));
    this.#form.open({
      title,
      anchor: this.#rowOf(key),
      options: people.map(named),
      read: (text) => personIn(people, text)?.key,
      refusal: gettext("Nobody has this name or number."),
      give,
    });
  }
}

const named = ({ number, name }) => [number, name].filter(Boolean).join(" ");

/** By number, by name, or by both as they are suggested; by a part of a name where only one person has it. */
function personIn(people, text) {
  const typed = text.toLocaleLowerCase();
  if (typed === "") return undefined;
  const is = (text) => text.toLocaleLowerCase() === typed;
  const exact = people.find((row) => is(row.number) || is(row.name) || is(named(row)));
  const partly = people.filter((row) => row.name.toLocaleLowerCase().includes(typed));
  return exact ?? (partly.length === 1 ? partly[0] : undefined);
}
