// Tells the operator of alerts beside the page: a sound and a note on the desktop, once for each alert, if he wants them;
// and tells the server that he has taken note of one.

import { gettext } from "./i18n.js";
import { preference, setPreference } from "./preferences.js";

const TONES = [
  [880, 0],
  [660, 0.18],
  [880, 0.36],
];
const TONE_SECONDS = 0.14;

export class Alerts {
  #store;
  #say;
  #seen = null; // keys of the alerts that were told of; null before the first picture
  #sound = null;

  /** `say(text)` shows a sentence when something cannot be done. */
  constructor({ store, say }) {
    this.#store = store;
    this.#say = say;
    store.watch("alert", () => this.#onChange());
    // A browser lets nothing sound before somebody has touched the page.
    for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => this.#wakeSound(), { passive: true });
  }

  /** Binds the check boxes for sound and notes on the desktop; both are off until somebody switches them on. */
  bind({ sound, desktop }) {
    sound.checked = preference("alert-sound", "off") === "on";
    sound.addEventListener("change", () => {
      setPreference("alert-sound", sound.checked ? "on" : "off");
      if (sound.checked) this.#ring(); // what it sounds like
    });
    desktop.checked = preference("alert-desktop", "off") === "on" && isAllowed();
    desktop.addEventListener("change", () => this.#askForNotes(desktop));
  }

  /** There is a picture: what is up by now is on the page, and is no news. */
  begin() {
    this.#seen ??= new Set(this.#store.rows("alert").keys());
  }

  async acknowledge(key) {
    try {
      const response = await fetch(`/alerts/${encodeURIComponent(key)}/acknowledge/`, {
        method: "POST",
        headers: { "X-CSRFToken": document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "" },
        signal: AbortSignal.timeout(8000),
      });
      if (response.ok) return;
      const isJson = (response.headers.get("Content-Type") ?? "").startsWith("application/json");
      this.#say((isJson && (await response.json()).text) || gettext("The alert was not acknowledged. Try again."));
    } catch {
      this.#say(gettext("The panel does not answer: the alert was not acknowledged."));
    }
  }

  #onChange() {
    if (this.#seen === null) return;
    const rows = this.#store.rows("alert");
    const fresh = [...rows.values()].filter((row) => !this.#seen.has(row.key) && row.acknowledged_at === null);
    this.#seen = new Set(rows.keys());
    if (fresh.length === 0) return;
    if (preference("alert-sound", "off") === "on") this.#ring();
    if (preference("alert-desktop", "off") === "on" && isAllowed()) for (const row of fresh) this.#note(row);
  }

  #note(row) {
    const queue = this.#store.get("queue", row.queue)?.name || row.queue;
    const note = new Notification(queue, { body: row.text, tag: row.key });
    note.addEventListener("click", () => {
      focus();
      note.close();
    });
  }

  async #askForNotes(desktop) {
    if (desktop.checked && !isAllowed()) {
      const answer = "Notification" in globalThis ? await Notification.requestPermission() : "denied";
      if (answer !== "granted") {
        desktop.checked = false;
        this.#say(gettext("This browser does not allow notes on the desktop for this page."));
      }
    }
    setPreference("alert-desktop", desktop.checked ? "on" : "off");
  }

  #wakeSound() {
    if (this.#sound === null) {
      if (preference("alert-sound", "off") !== "on") return;
      this.#sound = new AudioContext();
    }
    if (this.#sound.state === "suspended") void this.#sound.resume();
  }

  #ring() {
    this.#wakeSound();
    const sound = this.#sound;
    if (sound === null) return;
    for (const [pitch, at] of TONES) {
      const tone = new OscillatorNode(sound, { frequency: pitch });
      const loudness = new GainNode(sound, { gain: 0.15 });
      tone.connect(loudness).connect(sound.destination);
      tone.start(sound.currentTime + at);
      tone.stop(sound.currentTime + at + TONE_SECONDS);
    }
  }
}

const isAllowed = () => "Notification" in globalThis && Notification.permission === "granted";
