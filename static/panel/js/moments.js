// Moments of the past as the page of the replay writes and reads them: in the panel's time zone, as the reports and
// the lost calls have it, wherever the browser is. Pure; all moments are milliseconds since the epoch.

const SECOND = 1000;
const HOUR = 3_600_000;

/** A time of day as a field for date and time has it: seconds may be left out there. */
const FIELD = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?$/;

const DAY = { year: "numeric", month: "2-digit", day: "2-digit" };
const TIME = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };

export class Moments {
  #numbers;
  #words;
  #name;

  /** `zone` is a name such as "Europe/Berlin", `language` that of the page. */
  constructor(zone, language) {
    const locale = language === "en" ? "en-GB" : language; // the day before the month, hours up to 24
    this.#numbers = new Intl.DateTimeFormat("en-GB", { ...DAY, ...TIME, timeZone: zone });
    this.#words = new Intl.DateTimeFormat(locale, { weekday: "long", day: "numeric", month: "long", timeZone: zone });
    this.#name = new Intl.DateTimeFormat(locale, { timeZoneName: "short", timeZone: zone });
  }

  /** Sunday 22 November. */
  day = (at) => this.#words.format(at);

  /** 10:42:07. */
  time(at) {
    const { hour, minute, second } = this.#parts(at);
    return `${hour}:${minute}:${second}`;
  }

  /** The zone in force at that moment, such as CET. */
  zone = (at) => this.#name.formatToParts(at).find(({ type }) => type === "timeZoneName").value;

  /** What a field for date and time takes: 2026-11-22T10:42:07. */
  field(at) {
    const { year, month, day } = this.#parts(at);
    return `${year}-${month}-${day}T${this.time(at)}`;
  }

  /**
   * The moment that such a field means, or null when it is none. Of an hour that came twice it is in the first; in one
   * that was left out, it is as if the clock had gone on as before.
   */
  parse(text) {
    const match = FIELD.exec(text);
    if (match === null) return null;
    const [year, month, day, hour, minute, second] = match.slice(1).map((part) => Number(part ?? 0));
    const wanted = Date.UTC(year, month - 1, day, hour, minute, second);
    if (!Number.isFinite(wanted) || new Date(wanted).getUTCDate() !== day) return null;
    // Whatever the clock did that day, it is one of these: the offset of the day before or that of the day after.
    const [before, after] = [wanted - 24 * HOUR, wanted + 24 * HOUR].map((at) => wanted - this.#offset(at));
    return [before, after].find((at) => at + this.#offset(at) === wanted) ?? before;
  }

  /** The full hour, by the clock on the wall, in which `at` is. */
  hour(at) {
    const { minute, second } = this.#parts(at);
    return Math.floor(at / SECOND) * SECOND - (Number(minute) * 60 + Number(second)) * SECOND;
  }

  /** How far the clock on the wall is ahead of UTC. */
  #offset(at) {
    const { year, month, day, hour, minute, second } = this.#parts(at);
    return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / SECOND) * SECOND;
  }

  #parts = (at) => Object.fromEntries(this.#numbers.formatToParts(at).map(({ type, value }) => [type, value]));
}
