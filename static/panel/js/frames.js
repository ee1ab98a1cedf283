// One place that decides when drawing happens: once per animation frame, or, in a tab that nobody sees (where the
// browser gives no frames), every half second, so that acknowledgements go on. A tab that comes back has the right
// picture in its first frame.

/** Several patches are one drawing; browsers often wait longer by themselves. */
const HIDDEN_MILLISECONDS = 500;

export class Frames {
  #jobs = new Set();
  #frame = 0;
  #timer = 0;

  constructor() {
    document.addEventListener("visibilitychange", () => this.#jobs.size > 0 && this.#arm());
  }

  /** Runs `job` in the next frame; asked twice before, it runs once. */
  request(job) {
    this.#jobs.add(job);
    if (this.#frame === 0 && this.#timer === 0) this.#arm();
  }

  #arm() {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#frame = this.#timer = 0;
    if (document.hidden) this.#timer = setTimeout(this.#run, HIDDEN_MILLISECONDS);
    else this.#frame = requestAnimationFrame(this.#run);
  }

  #run = () => {
    this.#frame = this.#timer = 0;
    const jobs = [...this.#jobs];
    this.#jobs.clear();
    for (const job of jobs) job();
  };
}
