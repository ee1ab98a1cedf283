// Elements by key for a list of rows: made when a row comes, reused while it stays, forgotten when it goes.

export class Keyed {
  #make;
  #elements = new Map();

  /** `make(row)` gives the element for a row that is new. */
  constructor(make) {
    this.#make = make;
  }

  get(key) {
    return this.#elements.get(key);
  }

  /** The elements for `rows`, in their order; `show(element, row)` fills each. */
  elements(rows, show) {
    const keys = new Set(rows.map((row) => row.key));
    for (const key of [...this.#elements.keys()]) if (!keys.has(key)) this.#elements.delete(key);
    return rows.map((row) => {
      const element = this.#elements.get(row.key) ?? this.#make(row);
      this.#elements.set(row.key, element);
      show(element, row);
      return element;
    });
  }
}
