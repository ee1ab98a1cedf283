// The page where an operator changes the keys of the board. The verbs come from the table that the board listens by
// (keys.js); which key each has, and whether a new one will do, the server says (panel/accounts/keys.py).

import { h, setAttr, setHidden, setText } from "./dom.js";
import { gettext, interpolate } from "./i18n.js";
import { bindings, pressOf, printed } from "./keys.js";

const $ = (id) => document.getElementById(id);
const settings = JSON.parse($("key-settings").textContent);
const rows = new Map();

/** One verb with its key; a line of the table. */
class KeyRow {
  element;
  #verb;
  #title;
  #isFixed;
  #press = h("button", { type: "button", class: "button press" });
  #reset = h("button", { type: "button", class: "button quiet reset" });
  #error = h("p", { class: "door-error", role: "alert", hidden: true });
  #warning = h("p", { class: "warning", hidden: true });
  #isRecording = false;
  #swallows = "";

  constructor({ id, title, keys }) {
    this.#verb = id;
    this.#title = title;
    this.#isFixed = id === undefined || settings.fixed.includes(id);
    const fixed = id === undefined ? keys : printed(settings.keys[id]);
    const key = this.#isFixed ? h("span", { class: "fixed" }, kbds(fixed)) : this.#press;
    this.element = h(
      "tr",
      { "data-verb": id ?? null },
      h("th", { scope: "row" }, title, this.#warning, this.#error),
      h("td", {}, key),
      h("td", {}, this.#isFixed ? null : this.#reset),
    );
    this.#press.addEventListener("click", () => this.#record(true));
    this.#press.addEventListener("blur", () => this.#record(false));
    this.#press.addEventListener("keydown", (event) => this.#onKey(event));
    this.#press.addEventListener("keyup", (event) => this.#onKeyUp(event));
    this.#reset.addEventListener("click", () => this.#giveBack());
  }

  draw() {
    if (this.#isFixed) return;
    const press = settings.keys[this.#verb];
    const isOwn = press !== settings.usual[this.#verb];
    const usual = printed(settings.usual[this.#verb]).join(" ");
    setAttr(this.element, "data-own", isOwn ? "" : null);
    this.#drawPress(press);
    setHidden(this.#reset, !isOwn);
    setText(this.#reset, interpolate(gettext("Back to %(keys)s"), { keys: usual }));
    const spoken = interpolate(gettext("%(verb)s: back to %(keys)s"), { verb: this.#title, keys: usual });
    setAttr(this.#reset, "aria-label", spoken);
    const warning = settings.warnings[this.#verb] ?? "";
    setText(this.#warning, warning);
    setHidden(this.#warning, warning === "");
  }

  #drawPress(press) {
    const none = gettext("no key");
    const text = press === "" ? none : printed(press).join(" ");
    setAttr(this.#press, "data-recording", this.#isRecording ? "" : null);
    setAttr(this.#press, "data-press", press);
    setAttr(
      this.#press,
      "aria-label",
      this.#isRecording
        ? interpolate(gettext("%(verb)s: press the new keys, or Escape"), { verb: this.#title })
        : interpolate(gettext("%(verb)s: %(keys)s. Change"), { verb: this.#title, keys: text }),
    );
    this.#press.replaceChildren(
      ...(this.#isRecording ? [gettext("Press the new keys")] : press === "" ? [none] : kbds(printed(press))),
    );
  }

  #record(on) {
    if (this.#isRecording === on) return;
    this.#isRecording = on;
    if (on) this.complain("");
    this.draw();
  }

  /** Everything that is pressed while the row records is the new key, but for what leaves it: Esc and Tab. */
  #onKey(event) {
    if (!this.#isRecording || (event.key === "Tab" && !event.altKey)) return;
    event.preventDefault();
    const press = pressOf(event);
    if (press === "" || event.repeat) return;
    this.#swallows = event.key;
    this.#record(false);
    if (press !== "Escape" && press !== settings.keys[this.#verb]) this.#send({ press });
  }

  /** The release of the space bar would press the button again. */
  #onKeyUp(event) {
    if (event.key === this.#swallows) event.preventDefault();
    this.#swallows = "";
  }

  async #giveBack() {
    this.#press.focus(); // the button that was pressed goes away
    await this.#send({ reset: "1" });
  }

  async #send(change) {
    setAttr(this.element, "aria-busy", "true");
    const problem = await send({ verb: this.#verb, ...change });
    setAttr(this.element, "aria-busy", null);
    this.complain(problem);
    const keys = printed(settings.keys[this.#verb]).join(" ");
    if (problem === "") say(interpolate(gettext("%(verb)s: %(keys)s"), { verb: this.#title, keys }));
  }

  /** Why there is no new key; "" takes it back. */
  complain(problem) {
    setText(this.#error, problem);
    setHidden(this.#error, problem === "");
  }
}

const kbds = (keys) => keys.map((key) => h("kbd", {}, key));

const say = (text) => setText($("key-news"), text);

/** Sends a change and shows the keys as they are then. Returns "" or a sentence that says why nothing was changed. */
async function send(fields) {
  let answer;
  try {
    const response = await fetch(location.pathname, { method: "POST", body: formOf(fields) });
    if (response.redirected || response.status === 403) {
      location.assign(location.pathname); // leads to the log-in
      return gettext("You are logged out: nothing was changed.");
    }
    answer = await response.json();
  } catch {
    return gettext("The server did not answer: nothing was changed. Try again.");
  }
  if (answer.error === undefined) {
    Object.assign(settings, answer);
    drawAll();
    return "";
  }
  const other = bindings.find(({ id }) => id !== undefined && id === answer.taken_by);
  if (other === undefined) return answer.error;
  const words = { error: answer.error, verb: other.title };
  return interpolate(gettext("%(error)s “%(verb)s” has it; change that first."), words);
}

function formOf(fields) {
  const form = new FormData($("key-form"));
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  return form;
}

function drawAll() {
  for (const row of rows.values()) row.draw();
  $("reset-all").disabled = Object.keys(settings.own).length === 0;
}

/** Asks once more before all own keys are gone. */
function bindResetAll(button) {
  const usual = button.textContent;
  const arm = (on) => {
    setText(button, on ? gettext("Press again: all own keys go") : usual);
    setAttr(button, "data-armed", on ? "" : null);
  };
  button.addEventListener("blur", () => arm(false));
  button.addEventListener("click", async () => {
    if (!button.hasAttribute("data-armed")) return arm(true);
    arm(false);
    const problem = await send({ reset: "1" });
    for (const row of rows.values()) row.complain("");
    if (problem === "") $("key-rows").querySelector("button").focus(); // this one cannot be pressed any more
    if (problem === "") say(gettext("All keys are the usual ones."));
    else [...rows.values()][0].complain(problem);
  });
}

for (const binding of bindings) rows.set(binding.id ?? binding.title, new KeyRow(binding));
$("key-rows").append(...[...rows.values()].map((row) => row.element));
bindResetAll($("reset-all"));
drawAll();
