/** Says in one line whether the fuse is safe, and in notices what is unusual. */

/** @import { Document, View } from "./types" */

/** @typedef {ReturnType<typeof loadsOf>[number]} Load */

const CAR_COLORS = 6;
const FULL_A = 1;
const OVER_A = 0.5;
/** Less than this is nothing to draw, A. */
const VISIBLE_A = 0.05;

/** @param {number} place */
export const carColor = (place) => `var(--car-${(place % CAR_COLORS) + 1})`;

/**
 * Return what each phase carries, A; null where nobody knows.
 * @param {Document} document
 */
export function loadsOf({ site, phases, chargers }) {
  // A total does not tell which phase exports: then none counts as exporting.
  const least = site.metered === "total" && phases.length > 1 ? 0 : -Infinity;
  return phases.map(({ name, limit_a: limit, house_a }) => {
    const house = house_a === null ? null : Math.max(house_a, least);
    const cars = Object.entries(chargers)
      .map(([id, charger], place) => ({
        key: `car:${id}`,
        name: charger.name,
        color: carColor(place),
        drawn: charger.drawn_a[charger.phases.indexOf(name)] ?? 0,
      }))
      .filter(({ drawn }) => drawn >= VISIBLE_A);
    const load = house === null ? null : cars.reduce((sum, { drawn }) => sum + drawn, house);
    return { name, limit, house, cars, load };
  });
}

/**
 * Return the state of the site in a few words.
 * @param {View} view
 */
export function statusOf({ document: { site, circuits }, loads, words }) {
  const is = (/** @type {string} */ level, /** @type {string} */ key, values = {}) => ({
    level,
    key,
    text: words.text(key, values),
  });
  if (site.state === null) return is("off", "starting");
  if (site.meter_lost) return is("bad", "meter_lost");
  let [left, phase] = [Infinity, ""];
  for (const { name, limit, load } of loads) {
    const known = load !== null && limit !== null;
    const room = known ? Math.round((limit - load) * 10) / 10 : Infinity;
    if (room < left) [left, phase] = [room, name];
  }
  let [least, place] = [left, phase];
  for (const { name, phases } of circuits) {
    for (const { limit_a, load_a } of phases) {
      const room = limit_a - (load_a ?? 0);
      if (room < least) [least, place] = [room, name];
    }
  }
  if (least <= -OVER_A) return is("bad", "over", { phase: place, current: words.amperes(-least) });
  // Green is shown only where nothing is known to be wrong.
  if (!site.enabled) return is("warn", "off");
  if (site.doubt) return site.doubt;
  if (left === Infinity) return is("off", "starting");
  const current = words.amperes(Math.max(left, 0));
  return is("ok", left < FULL_A ? "full" : "safe", { current });
}

/**
 * Return what the user must not overlook: colour, icon and text.
 * @param {View} view
 */
export function noticesOf({ document: { site }, words }) {
  const found = [...site.warnings];
  if (site.meter_lost) {
    const key = site.fallback ? "notice_fallback" : "notice_meter_lost";
    const text = words.text(key, { problem: site.problem ?? "" });
    found.push({ level: "bad", name: "mdi:gauge-empty", text });
  }
  if (!site.enabled) {
    found.push({ level: "warn", name: "mdi:shield-off-outline", text: words.text("notice_off") });
  } else if (site.shadow) {
    found.push({ level: "watch", name: "mdi:eye-outline", text: words.text("notice_shadow") });
  }
  return found;
}
