// The strip of the operator's own listening, on both pages, and the way to it: the reason is asked for first, where the
// house wants one. Tells screen readers that somebody has begun to listen to the operator.

import { arrange, setHidden } from "../dom.js";
import { Listening } from "../elements/listening.js";
import { gettext, interpolate } from "../i18n.js";
import { Keyed } from "../keyed.js";
import { listenersText, needsReason, ownListening, talkOf } from "../listening.js";
import { titleOf } from "../menu-entry.js";
import { nameAndNumber } from "../words.js";

export class ListeningPane {
  #store;
  #actions;
  #own;
  #root;
  #form;
  #say;
  #cards = new Keyed(() => new Listening());
  #known = new Set(); // who listens to the operator, and was told of

  /** `own` is the operator's extension, `root` holds the strip, `form` is the `<cb-reason>`; `say(sentence)` speaks. */
  constructor({ store, actions, own, root, form, say }) {
    this.#store = store;
    this.#actions = actions;
    this.#own = own;
    this.#root = root;
    this.#form = form;
    this.#say = say;
    store.watch("listening", () => this.update());
  }

  update() {
    const row = ownListening(this.#store, this.#own);
    const rows = row === undefined ? [] : [row];
    arrange(
      this.#root,
      this.#cards.elements(rows, (card, each) => card.show(each)),
    );
    setHidden(this.#root, rows.length === 0);
    const toMe = [...this.#store.rows("listening").values()].filter(
      (each) => this.#own !== "" && each.to.extension === this.#own,
    );
    for (const each of toMe) if (!this.#known.has(each.key)) this.#say(`${listenersText([each])}.`);
    this.#known = new Set(toMe.map(({ key }) => key));
  }

  /**
   * What menus need: `listen(name, row, reason)`, `end()` and `stop(key)`. `anchorOf(row)` gives the element of an
   * extension's row.
   */
  ways(anchorOf) {
    return {
      listen: (name, row, reason) => this.#listen(name, row, reason, anchorOf(row)),
      end: () => this.#actions.give("listen_end", {}),
      stop: (listening) => this.#actions.give("listen_stop", { listening }),
    };
  }

  #listen(name, row, reason, anchor) {
    const { call, channel } = talkOf(row);
    const args = { call, party: channel };
    if (reason !== undefined) return this.#actions.give(name, { ...args, reason });
    if (!needsReason(this.#store, this.#own, channel)) return this.#actions.give(name, args);
    const words = { what: titleOf(name), who: nameAndNumber(row) };
    const title = interpolate(gettext("%(what)s: %(who)s"), words);
    this.#form.open({ name, args, title, label: titleOf(name), anchor });
  }
}
