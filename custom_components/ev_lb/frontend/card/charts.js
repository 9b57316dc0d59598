/** Draws the last hours of each phase: house and cars, stacked, against the limit.
 * It is loaded when somebody wants to see them. */

import { draw, keep, make, show } from "./dom.js";
import { carColor } from "./phases.js";

/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Hass} Hass */
/** @typedef {import("./words.js").Words} Words */

/** @typedef {{from: number, to: number, value: number}} Span A, between two times, ms. */
/** @typedef {{mean: number | null, start: number, end: number}} Statistic */
/** @typedef {{s: string, lu: number}} Recorded */

const STEPS = 120;
/** What the statistics do not have yet is asked for one by one, ms at most. */
const DETAIL_MS = 3600000;
const HOUR_MS = 3600000;
/** However little there is, it is drawn over this long, ms. */
const SHORTEST_MS = 120000;

/**
 * Return what each entity told since a time: means of five minutes, and what came
 * after the last of them as it was recorded.
 *
 * @param {Hass} hass
 * @param {string[]} ids
 * @param {number} since ms
 * @param {number} now ms
 * @returns {Promise<Map<string, Span[]>>}
 */
async function recorded(hass, ids, since, now) {
  /** @type {Record<string, Statistic[]>} */
  const means = await hass.callWS({
    type: "recorder/statistics_during_period",
    start_time: new Date(since).toISOString(),
    statistic_ids: ids,
    period: "5minute",
    types: ["mean"],
  });
  const ends = ids.map((id) => means[id]?.at(-1)?.end ?? since);
  const from = Math.max(now - DETAIL_MS, since, Math.min(...ends));
  /** @type {Record<string, Recorded[]>} */
  const states = await hass.callWS({
    type: "history/history_during_period",
    start_time: new Date(from).toISOString(),
    entity_ids: ids,
    minimal_response: true,
    no_attributes: true,
    significant_changes_only: false,
  });
  return new Map(
    ids.map((id) => {
      const coarse = (means[id] ?? [])
        .filter((row) => row.mean !== null && row.end <= from)
        .map((row) => ({ from: row.start, to: row.end, value: row.mean ?? 0 }));
      const fine = (states[id] ?? []).map((row, place, rows) => ({
        from: Math.max(row.lu * 1000, from),
        to: (rows[place + 1]?.lu ?? now / 1000) * 1000,
        value: Number.parseFloat(row.s),
      }));
      return [id, [...coarse, ...fine.filter((row) => Number.isFinite(row.value))]];
    }),
  );
}

/**
 * Return the mean of each step; null where nothing was recorded.
 *
 * @param {Span[]} spans In order.
 * @param {number} since ms
 * @param {number} step ms
 */
function means(spans, since, step) {
  /** @type {(number | null)[]} */
  const found = [];
  let first = 0;
  for (let place = 0; place < STEPS; place++) {
    const [from, to] = [since + place * step, since + (place + 1) * step];
    let [sum, weight] = [0, 0];
    while (first < spans.length && (spans[first]?.to ?? 0) <= from) first++;
    for (let row = first; row < spans.length; row++) {
      const span = spans[row];
      if (!span || span.from >= to) break;
      const part = Math.min(span.to, to) - Math.max(span.from, from);
      sum += span.value * part;
      weight += part;
    }
    found.push(weight > 0 ? sum / weight : null);
  }
  return found;
}

/**
 * Return the outline of what lies between two lines; nothing where one is not known.
 *
 * @param {(number | null)[]} low
 * @param {(number | null)[]} high
 */
function outline(low, high) {
  let path = "";
  for (let start = 0; start < STEPS; start++) {
    if (high[start] == null) continue;
    let end = start;
    while (end < STEPS && high[end] != null) end++;
    const there = high.slice(start, end).map((y, at) => `${start + at},${y} H${start + at + 1}`);
    const back = low.slice(start, end).map((y, at) => `${start + at + 1},${y ?? 0} H${start + at}`);
    path += `M${there.join("L")}L${back.reverse().join("L")}Z`;
    start = end;
  }
  return path;
}

/** One phase. */
class Chart {
  constructor() {
    this.name = make("span", { class: "bar-name" });
    this.peak = make("span", { class: "bar-figures" });
    this.areas = draw("g", {});
    this.limit = draw("line", { class: "limit-line", x1: 0, x2: STEPS });
    this.svg = draw(
      "svg",
      { class: "chart", preserveAspectRatio: "none", role: "img" },
      this.areas,
      this.limit,
    );
    const figure = make("div", { class: "track" });
    figure.append(this.svg);
    this.root = make("div", { class: "bar phase past" }, this.name, figure, this.peak);
    /** @type {Map<string, {root: SVGElement}>} */
    this.paths = new Map();
  }

  /**
   * @param {string} name
   * @param {number} limit A
   * @param {(number | null)[]} house A
   * @param {{key: string, color: string, amps: (number | null)[]}[]} cars
   * @param {Words} words
   */
  update(name, limit, house, cars, words) {
    /** @type {{key: string, color: string | null, low: (number | null)[],
     *   high: (number | null)[]}[]} */
    const layers = [];
    const clip = (/** @type {number | null} */ y) => (y === null ? null : Math.max(y, 0));
    let top = house;
    layers.push({ key: "house", color: null, low: house.map(() => 0), high: house.map(clip) });
    for (const { key, color, amps } of cars) {
      const low = top;
      top = low.map((y, at) => (y === null ? null : y + (amps[at] ?? 0)));
      layers.push({ key, color, low: low.map(clip), high: top.map(clip) });
    }
    const peak = Math.max(0, ...top.map((y) => y ?? 0));
    const height = 1.05 * Math.max(limit, peak);
    show(this.svg, { viewBox: `0 0 ${STEPS} ${height.toFixed(2)}` });
    const mirrored = (/** @type {(number | null)[]} */ row) =>
      row.map((y) => (y === null ? null : Math.round((height - y) * 100) / 100));
    keep(this.areas, this.paths, layers.map((layer) => layer.key), (key) => ({
      root: draw("path", { class: `area ${key.replace(/:.*/, "")}` }),
    }));
    for (const { key, color, low, high } of layers) {
      const path = this.paths.get(key);
      if (!path) continue;
      show(path.root, { d: outline(mirrored(low), mirrored(high)), "--color": color });
    }
    show(this.limit, { y1: height - limit, y2: height - limit });
    const highest = words.text("history_peak", { current: words.number(peak) });
    show(this.name, { text: name });
    show(this.peak, { text: highest });
    show(this.svg, { "aria-label": `${name}: ${highest}` });
  }
}

/** All phases, over the same time. */
export class Charts {
  constructor() {
    this.bars = make("div", { class: "bars" });
    this.begin = make("span");
    this.end = make("span");
    const times = make("div", { class: "times" }, this.begin, this.end);
    this.root = make("div", {}, this.bars, times);
    /** @type {Map<string, Chart>} */
    this.parts = new Map();
  }

  /**
   * @param {Hass} hass
   * @param {Document} document
   * @param {number} hours
   * @param {Words} words
   * @returns {Promise<number>} How long a step is, ms; 0 where nothing is recorded.
   */
  async draw(hass, document, hours, words) {
    const { left, cars } = document.sources;
    const now = Date.now();
    const ids = [...Object.values(left), ...Object.values(cars).map((row) => row.entity_id)];
    const known = ids.filter((id) => id !== null);
    const spans = await recorded(hass, known, now - hours * HOUR_MS, now);
    // A site that has just begun is shown from its beginning.
    const first = Math.min(now, ...[...spans.values()].map((row) => row[0]?.from ?? now));
    const since = Math.min(first, now - SHORTEST_MS);
    const step = (now - since) / STEPS;
    const of = (/** @type {string | null | undefined} */ id) =>
      means(spans.get(id ?? "") ?? [], since, step);
    const phases = document.phases.filter((phase) => left[phase.name]);
    const names = phases.map((phase) => phase.name);
    keep(this.bars, this.parts, names, () => new Chart());
    for (const { name, limit_a: limit } of phases) {
      const house = of(left[name]).map((row) => (row === null ? null : limit - row));
      const stacked = Object.keys(document.chargers).map((id, place) => ({
        key: `car:${id}`,
        color: carColor(place),
        amps: cars[id]?.phases.includes(name) ? of(cars[id]?.entity_id) : [],
      }));
      this.parts.get(name)?.update(name, limit, house, stacked, words);
    }
    show(this.begin, { text: words.clock(since / 1000) });
    show(this.end, { text: words.clock(now / 1000) });
    return [...spans.values()].some((row) => row.length > 0) ? step : 0;
  }
}
