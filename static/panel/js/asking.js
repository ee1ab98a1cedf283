// What the operator is told of an asking that others have ended: whoever was asked rang and did not come, or hung up
// after the talk, or the one who waited has hung up. What the operator's own command has ended its receipt tells.
//
// Used by panes/my-calls.js.

import { gettext, interpolate } from "./i18n.js";
import { lastAsked, whyBack } from "./story.js";
import { who } from "./words.js";

const OWN = new Set(["consult", "swap", "cancel", "complete", "join"]);

/** Whether the operator's newest command has ended the asking, or taken somebody out of it, or may still do so. */
function hasEnded({ name, state }) {
  if (name === "consult") return state !== "done"; // of somebody else instead; its receipt says what became of it
  return name !== "swap" && state !== "failed";
}

export class AskingEnds {
  #store;
  #own;
  #operator;
  #consult; // as it was last
  #asked = new Map(); // by call, when somebody who was asked about it last did not come

  /** `own` is the operator's extension and `operator` the operator's key. */
  constructor({ store, own, operator }) {
    this.#store = store;
    this.#own = own;
    this.#operator = operator;
  }

  /** The sentences of what is new, each told once. `calls` are the operator's, `consult` as from kept.js. */
  news(calls, consult) {
    const told = this.#whoDidNotCome(consult === undefined ? calls : [consult.call, ...calls]);
    const last = this.#consult;
    const goesOn = last !== undefined && consult?.call.key === last.call.key;
    // The one who was asked may be gone some time before the caller is back.
    this.#consult = goesOn && consult.asked === undefined ? { ...consult, asked: last.asked } : consult;
    const hungUp = last === undefined || goesOn ? "" : this.#whoHungUp(last);
    return [...told, hungUp].filter(Boolean);
  }

  /** Not where the receipt of the asking says it, because it has failed at once. */
  #whoDidNotCome(calls) {
    const before = this.#asked;
    this.#asked = new Map(calls.map((call) => [call.key, lastAsked(call)]));
    const isNews = ([key, step]) => step !== undefined && before.has(key) && before.get(key)?.at !== step.at;
    const news = [...this.#asked].filter(isNews);
    if (news.length === 0) return [];
    const command = this.#lastCommand(new Set(["consult"]));
    const hasRung = command === undefined || command.state === "done";
    return hasRung ? news.map(([, step]) => `${whyBack(step.what, step.who)}.`) : [];
  }

  #whoHungUp({ call, kept, asked }) {
    const command = this.#lastCommand(OWN);
    if (command !== undefined && hasEnded(command)) return "";
    const parties = this.#store.get("call", call.key)?.parties ?? [];
    if (kept.key !== undefined && !parties.some(({ key }) => key === kept.key))
      return interpolate(gettext("%(who)s has hung up, while you were asking."), { who: who(kept) });
    const isBack = parties.length === 2 && parties.some(({ extension }) => extension === this.#own);
    if (asked?.state !== "talking" || !isBack) return "";
    return interpolate(gettext("%(asked)s has hung up: you are talking to %(kept)s."), {
      asked: who(asked),
      kept: who(kept),
    });
  }

  /** The operator's newest command of these names. */
  #lastCommand(names) {
    const own = [...this.#store.rows("command").values()].filter(
      ({ name, operator }) => names.has(name) && operator === this.#operator,
    );
    return own.sort((one, other) => one.created_at.localeCompare(other.created_at)).at(-1);
  }
}
