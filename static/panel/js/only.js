// The button of the filter "only who is busy, ringing or asked for" (panes/sieve.js): its count, and what is told when
// it is pressed.

import { setAttr, setHidden, setText } from "./dom.js";
import { gettext, interpolate } from "./i18n.js";

/** `nobody` is the text for when there is none of them; `say(text)` tells screen readers. Returns what presses it. */
export function bindOnly({ people, button, nobody, say }) {
  const draw = () => {
    setText(button.querySelector(".load"), String(people.activeCount));
    setAttr(button, "aria-pressed", String(people.onlyActive));
    setHidden(nobody, !people.onlyActive || people.activeCount > 0);
  };
  const toggle = () => {
    people.onlyActive = !people.onlyActive;
    draw();
    const words = { count: people.activeCount };
    if (people.onlyActive) say(interpolate(gettext("Only who is busy, ringing or asked for: %(count)s."), words));
    else say(gettext("Everybody is shown."));
  };
  people.counted = draw;
  button.addEventListener("click", toggle);
  return toggle;
}
