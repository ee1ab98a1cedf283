// What the browser tests ask a page, where it takes more than a line.

const isSeen = (element) => {
  const { opacity, visibility } = getComputedStyle(element);
  return opacity !== "0" && visibility !== "hidden" && element.getClientRects().length > 0;
};

const label = (element) => `${element.localName}.${element.getAttribute("class") ?? ""}`;

/** The parts of tiles, cards and lines that lie over one another or stick out of the whole. */
export function overlaps() {
  const wrong = new Set();
  for (const whole of document.querySelectorAll("cb-extension, cb-call, cb-caller, cb-parked, .head, .top, cb-receipts")) {
    const parts = [...whole.querySelectorAll(":scope > *, :scope > .second > *, :scope > .line > *")]
      .filter((part) => !part.matches(".second, .line") && isSeen(part))
      .map((part) => [part, part.getBoundingClientRect()]);
    const frame = whole.getBoundingClientRect();
    for (const [part, box] of parts) {
      if (box.right > frame.right + 1 || box.bottom > frame.bottom + 1 || box.left < frame.left - 1)
        wrong.add(`${label(part)} sticks out of ${whole.localName}`);
      for (const [other, its] of parts) {
        const across = Math.min(box.right, its.right) - Math.max(box.left, its.left);
        const down = Math.min(box.bottom, its.bottom) - Math.max(box.top, its.top);
        if (part !== other && across > 1 && down > 3) wrong.add(`${label(part)} over ${label(other)} in ${whole.localName}`);
      }
    }
  }
  return [...wrong];
}

/** Contrast ratios (WCAG 2) of pairs of tokens, `[front, back, ratio]`, as the page now shows them. */
export function contrast(pairs) {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const luminance = (token) => {
    const probe = document.createElement("i");
    document.body.append(probe);
    probe.style.color = `var(--${token})`;
    canvas.fillStyle = getComputedStyle(probe).color;
    probe.remove();
    canvas.fillRect(0, 0, 1, 1);
    const [red, green, blue] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
      const part = value / 255;
      return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
    });
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  return pairs.map(([front, back]) => {
    const [low, high] = [luminance(front), luminance(back)].sort((a, b) => a - b);
    return [front, back, (high + 0.05) / (low + 0.05)];
  });
}

/** Controls that a screen reader could not name. */
export function nameless() {
  const controls = document.querySelectorAll("button, input:not([type=hidden]), a, [tabindex], [role=group]");
  return [...controls]
    .filter((control) => {
      const names = [control.getAttribute("aria-label"), control.textContent, control.labels?.[0]?.textContent];
      return !names.some((name) => name?.trim()) && !control.hasAttribute("aria-labelledby");
    })
    .map((control) => control.outerHTML.slice(0, 120));
}

/** From now on, what is said to screen readers: `[milliseconds, sentence]`, in `window.told`. */
export function listen() {
  const region = document.getElementById("announcements");
  window.told = [];
  new MutationObserver(() => window.told.push([performance.now(), region.textContent])).observe(region, {
    childList: true,
    characterData: true,
    subtree: true,
  });
}

/** From now on, how many tiles were put in or taken out, in `window.moved`. */
export function watchTiles() {
  window.moved = 0;
  new MutationObserver((records) => {
    const nodes = records.flatMap((record) => [...record.addedNodes, ...record.removedNodes]);
    window.moved += nodes.filter((node) => node.localName === "cb-extension").length;
  }).observe(document.getElementById("departments"), { subtree: true, childList: true });
}

/** Where every tile is and how large: `[number, x, y, width, height]`. */
export function places() {
  return [...document.querySelectorAll("cb-extension")].map((tile) => {
    const { x, y, width, height } = tile.getBoundingClientRect();
    return [tile.dataset.extension, x, y, width, height];
  });
}
