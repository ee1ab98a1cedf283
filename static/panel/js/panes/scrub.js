// The bar under the board of the past: one hour, or all that is recorded, with the gaps hatched. Dragging it shows the
// moment under the mouse.

import { arrange, h, setAttr, setText } from "../dom.js";

const HOUR = 3_600_000;

/** A label of the scale is not nearer to the next one than this share of the bar. */
const MOST_LABELS = 12;

/** Steps of the scale, in milliseconds. */
const STEPS = [5, 10, 15, 30, 60, 120, 180, 360, 720, 1440].map((minutes) => minutes * 60_000);

export class Scrub {
  #film;
  #moments;
  #input;
  #gaps;
  #scale;
  #from = 0;
  #to = 1;
  #drawn = ""; // what gaps and scale were drawn for
  /** Whether the bar is one hour, instead of all that is recorded. */
  isHour = true;

  /** `input` is the range, `gaps` and `scale` hold what is drawn over and under it; `sought(at)` is told where to. */
  constructor({ film, moments, input, gaps, scale, sought }) {
    this.#film = film;
    this.#moments = moments;
    this.#input = input;
    this.#gaps = gaps;
    this.#scale = scale;
    input.addEventListener("input", () => sought(Number(input.value)));
  }

  /** Shows where `at` is. */
  update(at) {
    const { earliest, latest } = this.#film;
    this.#input.disabled = earliest === null;
    if (earliest === null) return;
    this.#from = this.isHour ? this.#moments.hour(at) : earliest;
    this.#to = Math.max(this.#from + 1000, this.isHour ? this.#from + HOUR : latest);
    Object.assign(this.#input, { min: this.#from, max: this.#to, value: at });
    setAttr(this.#input, "aria-valuetext", `${this.#moments.day(at)} ${this.#moments.time(at)}`);
    this.#draw(earliest, latest);
  }

  #draw(earliest, latest) {
    const gaps = [...this.#film.gaps];
    if (earliest > this.#from) gaps.unshift([this.#from, earliest, ""]);
    if (latest < this.#to) gaps.push([latest, this.#to, ""]);
    const drawn = JSON.stringify([this.#from, this.#to, gaps]);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    const inSight = gaps.filter(([from, to]) => from < this.#to && to > this.#from);
    arrange(this.#gaps, inSight.map((gap) => this.#gap(gap)));
    arrange(this.#scale, this.#labels());
  }

  /** A span without film has no reason. */
  #gap([from, to, reason]) {
    const element = h("i", { class: reason === "" ? "none" : "gap", title: reason || null });
    const begin = Math.max(from, this.#from);
    element.style.left = this.#percent(begin);
    element.style.width = `${((Math.min(to, this.#to) - begin) / (this.#to - this.#from)) * 100}%`;
    return element;
  }

  #labels() {
    const step = STEPS.find((each) => (this.#to - this.#from) / each <= MOST_LABELS) ?? STEPS.at(-1);
    const first = this.#moments.hour(this.#from);
    const labels = [];
    for (let at = first; at <= this.#to; at += step) {
      if (at < this.#from) continue;
      const label = h("span", {});
      setText(label, this.#moments.time(at).slice(0, 5));
      label.style.left = this.#percent(at);
      labels.push(label);
    }
    return labels;
  }

  #percent = (at) => `${((at - this.#from) / (this.#to - this.#from)) * 100}%`;
}
