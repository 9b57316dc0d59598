/** Draws the last hours of each phase: house and cars, stacked, against the limit.
 * It is loaded when somebody wants to see them. */

import { h } from "./card/dom.js";
import { carColor } from "./card/status.js";

/** @import { Hass, View } from "./card/types" */
/** @import { Words } from "./card/words.js" */

/** @typedef {{from: number, to: number, value: number}} Span A, between two times, ms. */

const STEPS = 120;
const HOUR_MS = 3600000;
/** What the statistics do not have yet is asked for one by one, ms at most, and what is
 * younger than this in any case: means of five minutes hide what has just happened. */
const DETAIL_MS = HOUR_MS;
const YOUNG_MS = 900000;
/** However little there is, it is drawn over this long, ms. */
const SHORTEST_MS = 120000;

/**
 * Return what each entity told since a time, ms: means of five minutes, and what came
 * after the last of them as it was recorded.
 * @param {Hass} hass
 * @param {string[]} ids
 * @param {number} since
 * @param {number} now
 */
async function recorded(hass, ids, since, now) {
  /** @type {Record<string, {mean: number | null, start: number, end: number}[]>} */
  const means = await hass.callWS({
    type: "recorder/statistics_during_period",
    start_time: new Date(since).toISOString(),
    statistic_ids: ids,
    period: "5minute",
    types: ["mean"],
  });
  const ends = ids.map((id) => means[id]?.at(-1)?.end ?? since);
  const from = Math.max(now - DETAIL_MS, since, Math.min(...ends, now - YOUNG_MS));
  /** @type {Record<string, {s: string, lu: number}[]>} */
  const states = await hass.callWS({
    type: "history/history_during_period",
    start_time: new Date(from).toISOString(),
    entity_ids: ids,
    minimal_response: true,
    no_attributes: true,
    significant_changes_only: false,
  });
  /** @type {Map<string | null | undefined, Span[]>} */
  const found = new Map();
  for (const id of ids) {
    const coarse = (means[id] ?? [])
      .filter((row) => row.mean !== null && row.end <= from)
      .map((row) => ({ from: row.start, to: row.end, value: row.mean ?? 0 }));
    const fine = (states[id] ?? []).map((row, place, rows) => ({
      from: Math.max(row.lu * 1000, from),
      to: (rows[place + 1]?.lu ?? now / 1000) * 1000,
      value: Number.parseFloat(row.s),
    }));
    found.set(id, [...coarse, ...fine.filter((row) => Number.isFinite(row.value))]);
  }
  return found;
}

/**
 * Return the mean of each step; not a number where nothing was recorded.
 * @param {Span[]} spans
 * @param {number} since ms
 * @param {number} step ms
 */
function means(spans, since, step) {
  return Array.from({ length: STEPS }, (_, place) => {
    const from = since + place * step;
    let [sum, weight] = [0, 0];
    for (const span of spans) {
      const part = Math.max(0, Math.min(span.to, from + step) - Math.max(span.from, from));
      sum += span.value * part;
      weight += part;
    }
    return sum / weight;
  });
}

/**
 * Describe one phase.
 * @param {string} name
 * @param {number} limit A
 * @param {number[]} house A at each step
 * @param {{color: string, amps: number[]}[]} cars
 * @param {Words} words
 */
function chart(name, limit, house, cars, words) {
  const layers = [{ kind: "house", color: "", low: house.map(() => 0), top: house }];
  let top = house;
  for (const { color, amps } of cars) {
    const low = top;
    top = low.map((load, at) => load + (amps[at] || 0));
    layers.push({ kind: "car", color, low, top });
  }
  const peak = Math.max(0, ...top.filter(Number.isFinite));
  const height = 1.05 * Math.max(limit, peak);
  const y = (/** @type {number | undefined} */ amps) =>
    (height - Math.max(amps ?? 0, 0)).toFixed(2);
  const areas = layers.map((row) => {
    const steps = row.top.map((load, at) =>
      Number.isNaN(load) ? "" : `M${at},${y(row.low[at])}V${y(load)}h1V${y(row.low[at])}z`,
    );
    return h("path", { class: `area ${row.kind}`, d: steps.join(""), "--color": row.color });
  });
  const highest = words.text("history_peak", { current: words.number(peak) });
  const svg = {
    class: "chart",
    preserveAspectRatio: "none",
    role: "img",
    viewBox: `0 0 ${STEPS} ${height.toFixed(2)}`,
    "aria-label": `${name}: ${highest}`,
  };
  const mark = h("line", { class: "limit-line", x2: STEPS, y1: y(limit), y2: y(limit) });
  return h("div", "bar phase past",
    h("span", { class: "bar-name", "aria-hidden": "true" }, name),
    h("div", "track", h("svg", svg, ...areas, mark)),
    h("span", { class: "bar-figures", "aria-hidden": "true" }, highest),
  );
}

/**
 * Describe all phases over the same time, and say how long a step is, ms; 0 where
 * nothing is recorded.
 * @param {View} view
 * @param {number} hours
 */
export async function charts({ hass, document, words }, hours) {
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
    means(spans.get(id) ?? [], since, step);
  const phases = document.phases
    .filter(({ name }) => left[name])
    .map(({ name, limit_a }) => {
      const limit = limit_a ?? 0;
      const house = of(left[name]).map((room) => limit - room);
      const stacked = Object.keys(document.chargers).map((id, place) => ({
        color: carColor(place),
        amps: cars[id]?.phases.includes(name) ? of(cars[id].entity_id) : [],
      }));
      return chart(name, limit, house, stacked, words);
    });
  const times = [since, now].map((time) => h("span", {}, words.clock(time / 1000)));
  const tree = h("div", {}, h("div", "bars", ...phases), h("div", "times", ...times));
  return { tree, step: [...spans.values()].some((row) => row.length) ? step : 0 };
}
