/** Shows what only some sites have: limits in power, circuits, sun and a battery. */

import { h, icon } from "./dom.js";
import { bar } from "./phases.js";

/** @import { Circuit, View } from "./types" */
/** @import { Segment } from "./phases.js" */

/**
 * Describe the import and the limits that hold for it, kW.
 * @param {View} view
 */
export function power({ document, words, countdown }) {
  if (!document.power) return null;
  const { import_w: load, caps } = document.power;
  // The grid operator's signal is not for the whole import.
  const marks = caps.filter(({ kind }) => kind !== "external_cap");
  const limits = marks.map(({ power_w }) => power_w ?? 0);
  const limit = Math.min(...limits);
  /** @type {Segment[]} */
  const segments = [["import", 0, Math.max(0, load ?? 0)]];
  if (load !== null && load > limit) segments.push(["over", limit, load]);
  for (const { kind, power_w } of marks) {
    segments.push([`limit:${kind}`, power_w ?? 0, power_w ?? 0]);
  }
  const notes = caps.map(({ kind, power_w, mean_w, limit_w, ends_s }) => {
    const note = words.text(`${kind}_note`, {
      power: words.kilowatts(power_w),
      mean: words.kilowatts(mean_w),
      limit: words.kilowatts(limit_w),
      time: ends_s == null ? "" : words.time(countdown(ends_s)),
    });
    return h("li", { key: kind }, note);
  });
  const [shown, most] = [words.kilowatts(load), words.kilowatts(limit)];
  const name = words.text("import");
  const figures = words.text("of_power", { power: shown, limit: most });
  const high = Math.max(1000, load ?? 0, ...limits.map((row) => 1.15 * row));
  const group = { class: "caps", role: "group", "aria-label": words.text("power_limits") };
  return h("div", group,
    marks.length > 0 && bar("power", { name, figures, high, limit, load, segments }),
    h("ul", "notes", ...notes),
  );
}

/**
 * Describe the fuses between the connection and some chargers.
 * @param {View} view
 */
export function circuits({ document, words }) {
  if (!document.circuits.length) return null;
  const bars = document.circuits.map(({ name, phases }) => {
    const room = (/** @type {Circuit["phases"][0]} */ row) => row.limit_a - (row.load_a ?? 0);
    const fullest = phases.reduce((one, other) => (room(other) < room(one) ? other : one));
    const { limit_a: limit, load_a: load } = fullest;
    const current = load === null ? "?" : words.number(load);
    const of = words.text("of", { current, limit: words.amperes(limit) });
    const figures = phases.length > 1 ? `${fullest.name} ${of}` : of;
    const high = Math.max(limit, load ?? 0);
    /** @type {Segment[]} */
    const segments = [[load === null ? "unknown" : "import", 0, load ?? limit]];
    if (high > limit) segments.push(["over", limit, high]);
    segments.push(["limit", limit, limit]);
    return bar("circuit", { name, figures, high, limit, load, segments });
  });
  const group = { class: "circuits", role: "group", "aria-label": words.text("circuits") };
  return h("div", group, ...bars);
}

/**
 * Describe what the sun gives, what is left over, and how the battery stands.
 * @param {View} view
 */
export function sun({ document, words }) {
  if (!document.sun) return null;
  const { solar_w, surplus_w, battery_percent: percent, battery_w: flow } = document.sun;
  const kilowatts = (/** @type {number} */ value) => `${words.kilowatts(Math.abs(value))} kW`;
  /** @type {(symbol: string, key: string, value: string) => import("./dom.js").Tree} */
  const fact = (symbol, key, value) =>
    h("span", "fact", icon(symbol), h("span", "label", words.text(key)), h("b", {}, value));
  const battery = [percent !== null && `${words.number(percent, 0)} %`, flow && kilowatts(flow)];
  const flows = !flow ? "battery" : flow > 0 ? "battery_charges" : "battery_gives";
  const left = (surplus_w ?? 0) < 0 ? "lacking" : "left_over";
  return h("div", { class: "facts", role: "group", "aria-label": words.text("sun_and_battery") },
    solar_w !== null && fact("mdi:solar-power-variant-outline", "solar", kilowatts(solar_w)),
    surplus_w !== null && fact("mdi:transmission-tower-export", left, kilowatts(surplus_w)),
    (percent !== null || flow !== null) &&
      fact("mdi:home-battery-outline", flows, battery.filter(Boolean).join(", ")),
  );
}
