// Asks the server for one thing again and again, for days: through nights without network, error pages of proxies,
// machines that sleep and clocks that jump. It knows nothing of what it asks for.

/** Between two questions while they are answered. */
const USUAL_MILLISECONDS = 2000;

/** After failures in a row; the last is repeated. */
const BACKOFF_MILLISECONDS = [1000, 2000, 4000, 8000, 15000];

/** A question that is not answered within this is given up. */
const PATIENCE_MILLISECONDS = 8000;

/** Two looks at the clock that lie further apart: the machine slept, or its clock was set. */
const JUMP_MILLISECONDS = 5000;

const TICK_MILLISECONDS = 1000;

export class Poll {
  #address;
  #answered;
  #refused;
  #failed;
  #etag = null;
  #timer = 0;
  #asking = null;
  #failures = 0;
  #looked = Date.now();

  /**
   * `answered(value | null, now)`: the JSON that came, null when it is what came before, and the server's time in
   * milliseconds. `refused(status, text)`: the server says no, with a sentence. `failed()`: no answer to go by.
   */
  constructor(address, { answered, refused, failed }) {
    this.#address = address;
    this.#answered = answered;
    this.#refused = refused;
    this.#failed = failed;
  }

  start() {
    for (const name of ["online", "pageshow", "focus"]) addEventListener(name, () => this.soon());
    document.addEventListener("visibilitychange", () => this.soon());
    setInterval(() => this.#watchClock(), TICK_MILLISECONDS);
    this.soon();
  }

  /** Ask now. One question is under way at a time. */
  soon() {
    clearTimeout(this.#timer);
    if (this.#asking === null) void this.#ask();
  }

  #watchClock() {
    const now = Date.now();
    const gap = Math.abs(now - this.#looked - TICK_MILLISECONDS);
    this.#looked = now;
    if (gap < JUMP_MILLISECONDS) return;
    this.#failed(); // what is shown may be hours old
    this.#asking?.abort(); // a connection from before a sleep answers late or never
    this.soon();
  }

  async #ask() {
    const asking = (this.#asking = new AbortController());
    const patience = setTimeout(() => asking.abort(), PATIENCE_MILLISECONDS);
    try {
      await this.#question(asking.signal);
    } catch {
      this.#failures += 1;
      this.#failed();
    } finally {
      clearTimeout(patience);
      this.#asking = null;
      const last = BACKOFF_MILLISECONDS.length - 1;
      const pause = this.#failures === 0 ? USUAL_MILLISECONDS : BACKOFF_MILLISECONDS[Math.min(this.#failures - 1, last)];
      // Twenty screens that lost one server do not come back in one moment.
      this.#timer = setTimeout(() => this.soon(), pause * (0.9 + Math.random() * 0.2));
    }
  }

  async #question(signal) {
    const headers = this.#etag === null ? {} : { "If-None-Match": this.#etag };
    const options = { headers, signal, cache: "no-store", credentials: "same-origin", redirect: "error" };
    const response = await fetch(this.#address, options);
    if ([401, 403, 404, 410].includes(response.status) && isJson(response)) {
      const { text } = await response.json();
      this.#failures = BACKOFF_MILLISECONDS.length; // asked again now and then: it may be allowed again
      this.#etag = null;
      this.#refused(response.status, String(text ?? ""));
      return;
    }
    const now = Date.parse(response.headers.get("Cordboard-Now") ?? "");
    if (!Number.isFinite(now)) throw new Error("not an answer of the panel");
    if (response.status === 304) {
      this.#failures = 0;
      return this.#answered(null, now);
    }
    if (response.status !== 200) throw new Error(`status ${response.status}`);
    const value = await response.json();
    this.#etag = response.headers.get("ETag");
    this.#failures = 0;
    this.#answered(value, now);
  }
}

const isJson = (response) => (response.headers.get("Content-Type") ?? "").startsWith("application/json");
