// Where something that opens goes: beside what it is about, and over it only where there is no other room.

const GAP_PIXELS = 4;
const EDGE_PIXELS = 6;

const within = (value, size, room) => Math.max(EDGE_PIXELS, Math.min(value, room - size - EDGE_PIXELS));

/**
 * Places a fixed `element`, which is at the upper left corner by its style sheet: under the `anchor` (a DOMRect), over
 * it, to the right or to the left of it, the first that has room. `point` (`{x, y}`) is where the mouse is, or
 * undefined.
 */
export function placeBeside(element, { anchor, point }) {
  const { width, height } = element.getBoundingClientRect();
  const { left, right, top, bottom } = anchor;
  const x = within(point?.x ?? left, width, innerWidth);
  const y = within(point?.y ?? top, height, innerHeight);
  const places = [
    { x, y: bottom + GAP_PIXELS },
    { x, y: top - GAP_PIXELS - height },
    { x: right + GAP_PIXELS, y },
    { x: left - GAP_PIXELS - width, y },
  ];
  const fits = (place) =>
    place.x >= EDGE_PIXELS &&
    place.y >= EDGE_PIXELS &&
    place.x + width <= innerWidth - EDGE_PIXELS &&
    place.y + height <= innerHeight - EDGE_PIXELS;
  const place = places.find(fits) ?? { x, y: within(bottom + GAP_PIXELS, height, innerHeight) };
  element.style.translate = `${Math.round(place.x)}px ${Math.round(place.y)}px`;
}
