/** Shows what each phase carries: house, each car, and what the fuse leaves. */

import { h } from "./dom.js";
import { carColor } from "./status.js";

/** @import { View } from "./types" */
/** @import { Load } from "./status.js" */

/** @typedef {[key: string, from: number, to: number, color?: string]} Segment */

/** Chargers that need no key to their colour. */
const AWAY = ["no_car", "off", "unavailable"];

/** @param {number} value */
const tenths = (value) => Math.round(value * 10) / 10;

/**
 * Describe a bar of stacked segments from nothing to a limit, all in one unit.
 * @param {string} kind
 * @param {object} view
 * @param {string} view.name
 * @param {string} view.figures
 * @param {string} [view.spoken] What a screen reader says instead of the figures.
 * @param {number} [view.low] Where it begins: below 0 while something exports.
 * @param {number} view.high
 * @param {number | null} view.limit
 * @param {number | null} view.load
 * @param {Segment[]} view.segments
 */
export function bar(kind, { name, figures, spoken, low = 0, high, limit, load, segments }) {
  const share = (/** @type {number} */ value) =>
    `${((100 * value) / (high - low || 1)).toFixed(2)}%`;
  const track = segments.map(([key, from, to, color]) => {
    const place = { "--from": share(from - low), "--size": share(Math.max(0, to - from)) };
    return h("div", { key, class: `segment ${key.split(":")[0]}`, ...place, "--color": color });
  });
  const meter = {
    class: `bar ${kind}${low < 0 ? " exports" : ""}`,
    role: "meter",
    // Some screen readers say the name of a meter and nothing else.
    "aria-label": `${name}: ${spoken ?? figures}`,
    "aria-valuemin": Math.min(0, Math.floor(low)),
    "aria-valuemax": tenths(Math.max(limit ?? 0, load ?? 0)),
    "aria-valuenow": tenths(load ?? 0),
  };
  const quiet = { "aria-hidden": "true" };
  return h("div", meter,
    h("span", { class: "bar-name", ...quiet }, name),
    h("div", { class: "track", ...quiet }, ...track),
    h("span", { class: "bar-figures", ...quiet }, figures),
  );
}

/** @param {View} view */
export function phases(view) {
  const { loads, words } = view;
  // One scale for all phases: they are compared.
  const low = Math.min(0, ...loads.map(({ house }) => house ?? 0));
  const high = Math.max(...loads.map(({ limit, load }) => Math.max(limit ?? 0, load ?? 0)));
  const bars = loads.map((row) => {
    const { name, limit, load } = row;
    const current = load === null ? "?" : words.number(load);
    const figures = words.text("of", { current, limit: words.amperes(limit) });
    const segments = segmentsOf(row);
    return bar("phase", {
      name, figures, spoken: spoken(row, view), low, high, limit, load, segments,
    });
  });
  const group = { class: "phases", role: "group", "aria-label": words.text("grid_connection") };
  return h("div", group, h("div", "bars", ...bars), legend(view));
}

/** @param {View} view */
function legend({ document, loads, words }) {
  const item = (/** @type {string} */ key, /** @type {string} */ label, color = "") => {
    const swatch = h("i", `swatch ${key.split(":")[0]}`);
    return h("span", { key, class: "key", "--color": color }, swatch, h("span", {}, label));
  };
  const cars = Object.entries(document.chargers).map(([id, { name, state }], place) =>
    !AWAY.includes(state) && item(`car:${id}`, name, carColor(place)),
  );
  return h("div", { class: "legend", "aria-hidden": "true" },
    item("house", words.text("house")),
    loads.some(({ house }) => (house ?? 0) < 0) && item("sun", words.text("surplus")),
    ...cars,
    item("free", words.text("free")),
  );
}

/** @param {Load} load */
function segmentsOf({ house, cars, load, limit }) {
  /** @type {Segment[]} */
  const segments = [];
  if (house === null) segments.push(["unknown", 0, limit ?? 0]);
  else segments.push(house < 0 ? ["sun", house, 0] : ["house", 0, house]);
  let from = house ?? 0;
  for (const { key, drawn, color } of cars) {
    segments.push([key, from, from + drawn, color]);
    from += drawn;
  }
  if (load && limit !== null && load > limit) segments.push(["over", limit, load]);
  if (house !== null && house < 0) segments.push(["zero", 0, 0]);
  if (limit !== null) segments.push(["limit", limit, limit]);
  return segments;
}

/**
 * Say what a bar shows.
 * @param {Load} load
 * @param {View} view
 */
function spoken({ house, cars, load, limit: limit_a }, { words }) {
  const limit = words.amperes(limit_a);
  if (house === null || load === null) return words.text("spoken_unknown", { limit });
  const parts = [{ name: words.text("house"), drawn: house }, ...cars]
    .map(({ name, drawn }) => `${name} ${words.number(drawn)} A`)
    .join(", ");
  const free = words.number(Math.max((limit_a ?? 0) - load, 0));
  return words.text("spoken", { current: words.number(load), limit, parts, free });
}
