// `<cb-link>` in the header says whether the picture is live; `<cb-banner>` says in one plain sentence what is wrong
// when it is not.

import { h, icon, setAttr, setHidden, setText } from "../dom.js";
import { timeOfDay } from "../format.js";
import { gettext, interpolate } from "../i18n.js";

const WORDS = {
  live: () => gettext("live"),
  stale: () => gettext("not up to date"),
  offline: () => gettext("not connected"),
};

const SENTENCES = {
  silent: () => gettext("Nothing heard from the panel since %(time)s – the board shows how it was then."),
  gone: () => gettext("No connection to the panel since %(time)s – the board shows how it was then. Trying again."),
  stale: () => gettext("Not up to date: the board shows how it was at %(time)s."),
  offline: () => gettext("PBX not connected since %(time)s – the board shows how it was then."),
};

/** Of a PBX that is away while others are live. */
const SENTENCES_OF_ONE = {
  stale: () => gettext("%(pbx)s is not up to date: what the board shows of it is as it was at %(time)s."),
  offline: () => gettext("%(pbx)s not connected since %(time)s – what the board shows of it is as it was then."),
};

const SENTENCES_WITHOUT_TIME = {
  gone: () => gettext("No connection to the panel. Trying again."),
  none: () =>
    gettext("No PBX has been seen yet: the worker (manage.py ami_worker) is not running, or has not connected."),
  stale: () => gettext("The board is not up to date."),
  offline: () => gettext("The PBX has not been connected yet."),
};

export class LinkLight extends HTMLElement {
  #word = h("span", { class: "word" });

  connectedCallback() {
    if (this.childElementCount === 0) this.append(icon("state-link", "shape"), this.#word);
  }

  show(link) {
    setAttr(this, "data-state", link.link);
    setText(this.#word, link.why === "connecting" ? gettext("connecting") : WORDS[link.link]());
  }
}

export class Banner extends HTMLElement {
  #text = h("span", { class: "text" });
  #reason = h("span", { class: "reason" });

  connectedCallback() {
    if (this.childElementCount === 0) this.append(icon("icon-warning"), this.#text, this.#reason);
  }

  show(link) {
    const text = sentence(link);
    setHidden(this, text === "");
    setText(this.#text, text);
    setText(this.#reason, link.reason);
    setHidden(this.#reason, link.reason === "");
  }
}

/** What the banner says of this link; empty while all is well or nothing is known yet. */
export function sentence(link) {
  if (link.away.length > 0) return link.away.map(sentenceOfOne).join(" ");
  const timed = link.since === null ? undefined : SENTENCES[link.why];
  if (timed !== undefined) return interpolate(timed(), { time: timeOfDay(link.since) });
  return SENTENCES_WITHOUT_TIME[link.why]?.() ?? "";
}

function sentenceOfOne({ key, link, as_of_at: asOf, reason }) {
  if (asOf === null) return [interpolate(gettext("%(pbx)s has not been connected yet."), { pbx: key }), reason].join(" ");
  return interpolate(SENTENCES_OF_ONE[link](), { pbx: key, time: timeOfDay(Date.parse(asOf)) });
}

customElements.define("cb-link", LinkLight);
customElements.define("cb-banner", Banner);
