/** Says in one line whether the fuse is safe, and in a notice what is unusual. */

/** @typedef {import("./types.js").Charger} Charger */
/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Phase} Phase */
/** @typedef {import("./words.js").Words} Words */

/** @typedef {"ok" | "full" | "bad" | "watch" | "off"} Level */
/** @typedef {{level: Level, key: string, text: string}} Status */
/** @typedef {{level: Level, icon: string, text: string}} Notice */

const FULL_A = 1;

/**
 * Return the current that each car draws on a phase, A.
 *
 * @param {Charger} charger
 * @param {string} phase
 */
export function drawnOn(charger, phase) {
  const wire = charger.phases.indexOf(phase);
  return wire < 0 ? 0 : charger.drawn_a[wire] ?? 0;
}

/**
 * Return what else than the cars a phase carries, A; null where nobody knows.
 *
 * @param {Document} document
 * @param {Phase} phase
 */
export function houseOn(document, phase) {
  // A total does not tell which phase exports: then none counts as exporting.
  const blind = document.site.metered === "total" && document.phases.length > 1;
  return blind && phase.house_a !== null ? Math.max(phase.house_a, 0) : phase.house_a;
}

/**
 * Return what a phase carries, A; null where nobody knows.
 *
 * @param {Document} document
 * @param {Phase} phase
 */
export function loadOn(document, phase) {
  let load = houseOn(document, phase);
  if (load === null) return null;
  for (const charger of Object.values(document.chargers)) {
    load += drawnOn(charger, phase.name);
  }
  return load;
}

/**
 * Return the state of the site in a few words.
 *
 * @param {Document} document
 * @param {Words} words
 * @returns {Status}
 */
export function statusOf(document, words) {
  const { site } = document;
  if (site.state === null) {
    return { level: "off", key: "starting", text: words.text("starting") };
  }
  if (site.meter_lost) {
    return { level: "bad", key: "meter_lost", text: words.text("meter_lost") };
  }
  const worst = fullest(document);
  if (worst && worst.left <= -0.5) {
    const text = words.text("over", {
      phase: worst.name,
      current: words.amperes(-worst.left),
    });
    return { level: "bad", key: "over", text };
  }
  if (!site.enabled) {
    return { level: "off", key: "off", text: words.text("off") };
  }
  const left = words.amperes(Math.max(worst?.left ?? 0, 0));
  const full = worst !== null && worst.left < FULL_A;
  const text = words.text(full ? "full" : "safe", { current: left });
  return { level: full ? "full" : "ok", key: full ? "full" : "safe", text };
}

/**
 * Return the phase with the least room.
 *
 * @param {Document} document
 */
function fullest(document) {
  let found = null;
  for (const phase of document.phases) {
    const load = loadOn(document, phase);
    if (load === null) continue;
    const left = Math.round((phase.limit_a - load) * 10) / 10;
    if (!found || left < found.left) found = { name: phase.name, left };
  }
  return found;
}

/**
 * Return what the user must not overlook.
 *
 * @param {Document} document
 * @param {Words} words
 * @returns {Notice[]}
 */
export function noticesOf(document, words) {
  const { site } = document;
  /** @type {Notice[]} */
  const found = [];
  if (site.meter_lost) {
    const key = site.fallback ? "notice_fallback" : "notice_meter_lost";
    const text = words.text(key, { problem: site.problem ?? "" });
    found.push({ level: "bad", icon: "mdi:gauge-empty", text });
  }
  if (!site.enabled) {
    const text = words.text("notice_off");
    found.push({ level: "off", icon: "mdi:shield-off-outline", text });
  } else if (site.shadow) {
    const text = words.text("notice_shadow");
    found.push({ level: "watch", icon: "mdi:eye-outline", text });
  }
  return found;
}
