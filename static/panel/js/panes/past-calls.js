// The calls of the moment that is looked at, and the one that is meant: first in the list, and marked wherever it is.

import { arrange, setAttr, setHidden, setText } from "../dom.js";
import { PastCall } from "../elements/past-call.js";
import { Keyed } from "../keyed.js";

/** Elements that show a call, or somebody who is in one. */
const ROWS = "cb-extension, cb-caller, cb-held, cb-parked, cb-member, cb-agent, cb-past-call";

export class PastCalls {
  /** The key of the call that is meant; "" for none. */
  meant;
  #store;
  #root;
  #count;
  #empty;
  #absent;
  #changed;
  #calls = new Keyed(() => new PastCall());

  /**
   * `root` holds the list, `empty` is shown without calls, `absent` while the call that is meant is not there;
   * `changed()` is told when another one is meant.
   */
  constructor({ store, root, count, empty, absent, meant, changed }) {
    this.meant = meant;
    this.#store = store;
    this.#root = root;
    this.#count = count;
    this.#empty = empty;
    this.#absent = absent;
    this.#changed = changed;
    root.addEventListener("click", (event) => this.#onClick(event));
    store.watch("call", () => this.update());
  }

  update() {
    const rows = [...this.#store.rows("call").values()];
    rows.sort((a, b) => this.#rank(a) - this.#rank(b) || a.started_at.localeCompare(b.started_at));
    const elements = this.#calls.elements(rows, (call, row) => {
      const isMarked = row.key === this.meant;
      // Of hundreds of calls few have changed, and the row of one that has not is the same object.
      if (call.row !== row || call.isMarked !== isMarked) call.show(row, { isMarked });
    });
    arrange(this.#root, elements);
    setText(this.#count, String(rows.length));
    setHidden(this.#empty, rows.length > 0);
    setHidden(this.#absent, this.meant === "" || this.#store.get("call", this.meant) !== undefined);
  }

  /** Marks the call in the whole page: called when everything is drawn. */
  mark() {
    for (const element of document.querySelectorAll(ROWS))
      setAttr(element, "data-meant", this.meant !== "" && showsCall(element.row, this.meant) ? "" : null);
  }

  #rank = (row) => (row.key === this.meant ? 0 : 1);

  #onClick(event) {
    const key = event.target.closest("cb-past-call")?.row.key;
    if (key === undefined) return;
    this.meant = key === this.meant ? "" : key;
    this.update();
    this.mark();
    this.#changed();
  }
}

/** Is this a row of the call, or of somebody who is in it? A person of agents.js has the rows of a member. */
const showsCall = (row, key) =>
  row.key === key || row.call === key || [...(row.calls ?? []), ...(row.queues ?? [])].some(({ call }) => call === key);
