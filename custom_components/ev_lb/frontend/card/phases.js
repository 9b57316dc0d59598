/** Draws what each phase carries: house, each car, and what the fuse leaves. */

import { keep, make, show } from "./dom.js";
import { drawnOn, houseOn, loadOn } from "./status.js";

/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Phase} Phase */
/** @typedef {import("./words.js").Words} Words */

const CAR_COLORS = 6;
/** Less than this is nothing to draw, A. */
const VISIBLE_A = 0.05;
/** Chargers that need no key to their colour. */
const AWAY = ["no_car", "off", "unavailable"];

/**
 * Return the colour of a car.
 *
 * @param {number} place
 */
export function carColor(place) {
  return `var(--car-${(place % CAR_COLORS) + 1})`;
}

/** One bar from nothing to a limit. */
export class Bar {
  /**
   * @param {string} className
   */
  constructor(className) {
    this.className = `bar ${className}`;
    this.name = make("span", { class: "bar-name", "aria-hidden": "true" });
    this.track = make("div", { class: "track", "aria-hidden": "true" });
    this.figures = make("span", { class: "bar-figures", "aria-hidden": "true" });
    this.root = make(
      "div",
      { class: this.className, role: "meter" },
      this.name,
      this.track,
      this.figures,
    );
    /** @type {Map<string, {root: HTMLElement}>} */
    this.segments = new Map();
  }

  /**
   * Show stacked segments; all figures in the unit of the bar.
   *
   * @param {object} view
   * @param {string} view.name
   * @param {string} view.figures
   * @param {string} view.spoken
   * @param {number} view.low Where the bar begins: below 0 while something exports.
   * @param {number} view.high
   * @param {number} view.limit
   * @param {number | null} view.load
   * @param {{key: string, from: number, to: number, color?: string}[]} view.segments
   */
  update({ name, figures, spoken, low, high, limit, load, segments }) {
    const percent = (/** @type {number} */ value) =>
      `${(((value - low) / (high - low || 1)) * 100).toFixed(2)}%`;
    show(this.name, { text: name });
    show(this.figures, { text: figures });
    show(this.root, {
      class: `${this.className}${low < 0 ? " exports" : ""}`,
      "aria-label": name,
      "aria-valuemin": Math.min(0, Math.floor(low)),
      "aria-valuemax": Math.round(Math.max(limit, load ?? 0) * 10) / 10,
      "aria-valuenow": Math.round((load ?? 0) * 10) / 10,
      "aria-valuetext": spoken,
    });
    const keys = segments.map((segment) => segment.key);
    keep(this.track, this.segments, keys, (key) => ({
      root: make("div", { class: `segment ${key.replace(/:.*/, "")}` }),
    }));
    for (const { key, from, to, color } of segments) {
      const segment = this.segments.get(key);
      if (!segment) continue;
      show(segment.root, {
        "--from": percent(from),
        "--size": `${(Math.max(0, (to - from) / (high - low || 1)) * 100).toFixed(2)}%`,
        "--color": color ?? null,
      });
    }
  }
}

/** All bars of a site with their legend. */
export class Phases {
  constructor() {
    this.bars = make("div", { class: "bars" });
    this.legend = make("div", { class: "legend", "aria-hidden": "true" });
    this.root = make("div", { class: "phases", role: "group" }, this.bars, this.legend);
    /** @type {Map<string, Bar>} */
    this.parts = new Map();
    /** @type {Map<string, {root: HTMLElement, label: HTMLElement}>} */
    this.legends = new Map();
  }

  /**
   * @param {Document} document
   * @param {Words} words
   */
  update(document, words) {
    show(this.root, { "aria-label": words.text("grid_connection") });
    const loads = new Map(
      document.phases.map((phase) => [phase.name, loadOn(document, phase)]),
    );
    // One scale for all phases: they are compared.
    const low = Math.min(0, ...document.phases.map((phase) => houseOn(document, phase) ?? 0));
    const limits = document.phases.map((phase) => phase.limit_a);
    const high = Math.max(...limits, ...[...loads.values()].map((load) => load ?? 0));
    const keys = document.phases.map((phase) => phase.name);
    keep(this.bars, this.parts, keys, () => new Bar("phase"));
    for (const phase of document.phases) {
      const load = loads.get(phase.name) ?? null;
      this.parts.get(phase.name)?.update({
        name: phase.name,
        figures: words.text("of", {
          current: load === null ? "?" : words.number(load),
          limit: words.amperes(phase.limit_a),
        }),
        spoken: spoken(document, phase, load, words),
        segments: segmentsOf(document, phase, load),
        limit: phase.limit_a,
        low,
        high,
        load,
      });
    }
    this.updateLegend(document, words);
  }

  /**
   * @param {Document} document
   * @param {Words} words
   */
  updateLegend(document, words) {
    const exports = document.phases.some((phase) => (phase.house_a ?? 0) < -VISIBLE_A);
    const cars = Object.entries(document.chargers)
      .map(([id, charger], place) => ({ id, charger, color: carColor(place) }))
      .filter(({ charger }) => !AWAY.includes(charger.state))
      .map(({ id, charger, color }) => ({ key: `car:${id}`, label: charger.name, color }));
    const items = [
      { key: "house", label: words.text("house"), color: null },
      ...(exports ? [{ key: "sun", label: words.text("surplus"), color: null }] : []),
      ...cars,
      { key: "free", label: words.text("free"), color: null },
    ];
    keep(this.legend, this.legends, items.map((item) => item.key), (key) => {
      const label = make("span");
      const swatch = make("i", { class: `swatch ${key.replace(/:.*/, "")}` });
      return { root: make("span", { class: "key" }, swatch, label), label };
    });
    for (const { key, label, color } of items) {
      const item = this.legends.get(key);
      if (!item) continue;
      show(item.label, { text: label });
      show(item.root, { "--color": color });
    }
  }
}

/**
 * @param {Document} document
 * @param {Phase} phase
 * @param {number | null} load
 */
function segmentsOf(document, phase, load) {
  /** @type {{key: string, from: number, to: number, color?: string}[]} */
  const segments = [];
  const house = houseOn(document, phase);
  if (house === null) {
    segments.push({ key: "unknown", from: 0, to: phase.limit_a });
  } else if (house < 0) {
    segments.push({ key: "sun", from: house, to: 0 });
  } else {
    segments.push({ key: "house", from: 0, to: house });
  }
  let from = house ?? 0;
  Object.entries(document.chargers).forEach(([id, charger], place) => {
    const drawn = drawnOn(charger, phase.name);
    if (drawn < VISIBLE_A) return;
    segments.push({ key: `car:${id}`, from, to: from + drawn, color: carColor(place) });
    from += drawn;
  });
  if (load !== null && load > phase.limit_a) {
    segments.push({ key: "over", from: phase.limit_a, to: load });
  }
  if (house !== null && house < 0) segments.push({ key: "zero", from: 0, to: 0 });
  segments.push({ key: "limit", from: phase.limit_a, to: phase.limit_a });
  return segments;
}

/**
 * Say what a bar shows.
 *
 * @param {Document} document
 * @param {Phase} phase
 * @param {number | null} load
 * @param {Words} words
 */
function spoken(document, phase, load, words) {
  const limit = words.amperes(phase.limit_a);
  if (load === null || phase.house_a === null) {
    return words.text("spoken_unknown", { limit });
  }
  const cars = Object.values(document.chargers)
    .map((charger) => ({ name: charger.name, drawn: drawnOn(charger, phase.name) }))
    .filter(({ drawn }) => drawn >= VISIBLE_A)
    .map(({ name, drawn }) => `${name} ${words.number(drawn)} A`);
  const parts = [`${words.text("house")} ${words.number(phase.house_a)} A`, ...cars];
  return words.text("spoken", {
    current: words.number(load),
    limit,
    parts: parts.join(", "),
    free: words.number(Math.max(phase.limit_a - load, 0)),
  });
}
