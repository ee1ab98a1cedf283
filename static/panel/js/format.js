// How figures are written: durations, times of day, telephone numbers. Pure, but for the time zone of the page.

const LONG_CODES = /^(?:2[1-689]|3[578]|42|5[09]|6[789]|8[05789]|9[679])/;

const two = (number) => String(number).padStart(2, "0");

/** Seconds as a timer shows them: 0:07, 12:30, 1:02:03. Never negative: clocks differ by a little. */
export function duration(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [hours, minutes, rest] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60, whole % 60];
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
}

let zoned = null;

/** From now on times of day are those of this zone ("Europe/Berlin"), wherever the reader is. */
export function setZone(timeZone) {
  const parts = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" };
  zoned = new Intl.DateTimeFormat("en-GB", { ...parts, timeZone });
}

/** The time of day of a moment in milliseconds, in the reader's time zone or that of the page: 10:42:07. */
export function timeOfDay(milliseconds) {
  if (zoned !== null) return zoned.format(milliseconds);
  const at = new Date(milliseconds);
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** The same without seconds: 10:42. */
export const hourAndMinute = (milliseconds) => timeOfDay(milliseconds).slice(0, 5);

/** Digits in threes, without a lonely last one: 600 111 222, 555 010 0123. */
function grouped(digits) {
  const groups = [];
  let rest = digits;
  while (rest.length > 4) {
    groups.push(rest.slice(0, 3));
    rest = rest.slice(3);
  }
  return [...groups, rest].join(" ");
}

/** A number as people read it. Short ones are extensions and stay; what is not only digits stays as well. */
export function telephone(number) {
  if (/^\d{7,15}$/.test(number)) return grouped(number);
  if (!/^\+\d{7,15}$/.test(number)) return number;
  const digits = number.slice(1);
  const code = /^[17]/.test(digits) ? 1 : LONG_CODES.test(digits) ? 3 : 2;
  return `+${digits.slice(0, code)} ${grouped(digits.slice(code))}`;
}

/** What somebody typed as the digits to dial, or "" when it is no number: "+48 600-111" is "+48600111". */
export function dialable(text) {
  const bare = text.replace(/[\s().\-–/]/g, "");
  return /^\+?[\d*#]{1,32}$/.test(bare) ? bare : "";
}
