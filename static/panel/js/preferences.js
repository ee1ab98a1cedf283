// What the operator likes to see, kept in this browser: theme, order and form of the tiles, the department shown.

const PREFIX = "cordboard-";

export function preference(name, fallback) {
  try {
    return localStorage.getItem(PREFIX + name) ?? fallback;
  } catch {
    return fallback; // storage is switched off: the choice lasts as long as the page
  }
}

export function setPreference(name, value) {
  try {
    localStorage.setItem(PREFIX + name, value);
  } catch {
    // as above
  }
}

/**
 * Binds the radio buttons named `name` under `root` to the preference: the page element says `data-<name>`, and
 * `changed(value)` is told. Returns the value now in force.
 */
export function bindChoice(root, name, fallback, changed = () => {}) {
  const value = preference(name, fallback);
  document.documentElement.dataset[name] = value;
  for (const radio of root.querySelectorAll(`input[name="${name}"]`)) {
    radio.checked = radio.value === value;
    radio.addEventListener("change", () => {
      document.documentElement.dataset[name] = radio.value;
      setPreference(name, radio.value);
      changed(radio.value);
    });
  }
  return value;
}
