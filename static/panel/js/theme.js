// Loaded as a plain script in the head, so that the first paint has the right colours. The choice itself is made in
// preferences.js.
{
  let theme = "auto";
  try {
    theme = localStorage.getItem("cordboard-theme") ?? theme;
  } catch {
    // storage is switched off: the system decides
  }
  document.documentElement.dataset.theme = theme;
}
