// Small helpers around the DOM. They write only what differs, and text only as text: nothing here can make markup of
// a string.

const SVG = "http://www.w3.org/2000/svg";

/**
 * Makes an element. `props`: `class` and names with a dash are attributes, functions under `on…` are listeners, the
 * rest are properties. Children are nodes or strings; null and false are left out.
 */
export function h(tag, props, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(props ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (typeof value === "function") element.addEventListener(name.slice(2), value);
    else if (name === "class" || name === "role" || name.includes("-")) element.setAttribute(name, value);
    else element[name] = value;
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/**
 * An icon or a state shape from the sprite in base.html, hidden from screen readers: the word beside it says the
 * same.
 */
export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#${name}`);
  svg.append(use);
  return svg;
}

/** Points an icon made by `icon` to another picture of the sprite. */
export function setIcon(svg, name) {
  setAttr(svg.firstElementChild, "href", `#${name}`);
}

export function setText(element, text) {
  const node = element.firstChild;
  if (node === null) {
    if (text !== "") element.append(text);
  } else if (node.data !== text) {
    node.data = text;
  }
}

/** Sets, or with null removes, an attribute, if it is not so already. */
export function setAttr(element, name, value) {
  if (value === null) {
    if (element.hasAttribute(name)) element.removeAttribute(name);
  } else if (element.getAttribute(name) !== String(value)) {
    element.setAttribute(name, value);
  }
}

export function setHidden(element, hidden) {
  if (element.hidden !== hidden) element.hidden = hidden;
}

/**
 * Makes the children of `parent` be `wanted`, in that order, and leaves alone what is in its place: an element that
 * stays keeps its focus, its hover and its animations.
 */
export function arrange(parent, wanted) {
  const keep = new Set(wanted);
  for (const child of [...parent.children]) if (!keep.has(child)) child.remove();
  let place = parent.firstElementChild;
  for (const element of wanted) {
    if (element === place) place = place.nextElementSibling;
    else parent.insertBefore(element, place);
  }
}

/** Is somebody typing here? Then a letter is text and no command. */
export function isTyping(target) {
  return target instanceof HTMLElement && (target.isContentEditable || target.matches("input, textarea, select"));
}

/**
 * Is one of the page's dialogs open, or one of its popovers? They are all there when the page is, and are looked for
 * once: among thousands of tiles a search at each key would take its time.
 */
export const isDialogOpen = () => [...(dialogs ??= document.querySelectorAll("dialog"))].some((dialog) => dialog.open);
export const isPopoverOpen = () =>
  [...(popovers ??= document.querySelectorAll("[popover]"))].some((popover) => popover.matches(":popover-open"));

let dialogs;
let popovers;
