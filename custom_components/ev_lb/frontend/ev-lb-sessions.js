/** Draws what the cars had: months as bars, the newest sessions, and all as a CSV file.
 * It is loaded when it is opened first. */

import { h } from "./card/dom.js";
import { bar } from "./card/phases.js";

/** @import { Amounts, Answers, Hass, Session, SessionSite, View } from "./card/types" */
/** @import { Words } from "./card/words.js" */
/** @import { Segment } from "./card/phases.js" */

const NEWEST = 10;
const MONTHS = 12;
const REVOKE_MS = 10000;
const ALL = "all";
/** Less than this is shown as nothing, kWh. */
const LEAST_KWH = 0.05;
const BATTERY = "var(--energy-battery-out-color, var(--watch))";

const STYLE = `
.sessions {
  display: grid; grid-template-columns: minmax(0, 1fr); gap: 14px; margin-block-start: 10px;
}
.sessions .heading { font-weight: 500; }
.sessions .bars { gap: 10px; }
.sessions .bar-figures { min-width: 0; white-space: normal; }
.sessions .top { display: flex; flex-wrap: wrap; gap: 8px 12px; align-items: center; }
.sessions .export {
  min-height: 36px; margin-inline-start: auto; padding: 4px 12px; border-radius: 8px;
  border: 1px solid var(--outline-color, var(--divider-color)); background: none;
}
.sessions ul { display: grid; margin: 4px 0 0; padding: 0; list-style: none; }
.sessions li { display: grid; gap: 0 12px; padding-block: 8px; border-block-start: var(--line); }
.sessions li .line {
  flex-wrap: wrap; justify-content: space-between; align-items: baseline; gap: 0 12px;
}
.sessions li :is(b, .facts, .when) {
  unicode-bidi: plaintext; text-align: match-parent; font-variant-numeric: tabular-nums;
}
.sessions li .facts { display: block; }
.sessions li b { min-width: 0; font-weight: 500; overflow-wrap: anywhere; }
.sessions .when, .sessions li .facts { color: var(--quiet); }
.sessions .when { flex: none; }
`;

/** Which charger is shown, by the site; all where none is picked.
 * @type {Map<string, string>} */
const picked = new Map();

/**
 * Ask an action for its answer.
 * @template {keyof Answers} Name
 * @param {Hass} hass
 * @param {Name} service
 * @param {string} entry_id
 * @returns {Promise<Answers[Name]>}
 */
export async function answer(hass, service, entry_id) {
  /** @type {{response: Answers[Name]}} */
  const { response } = await hass.callWS({
    type: "call_service",
    domain: "ev_lb",
    service,
    service_data: { entry_id },
    return_response: true,
  });
  return response;
}

/**
 * Save all sessions of a site as a file.
 * @param {View} view
 * @param {string} name
 */
async function save({ hass, entryId }, name) {
  const { csv } = await answer(hass, "export_sessions", entryId);
  const href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  const link = Object.assign(document.createElement("a"), { href, download: `${name}.csv` });
  link.click();
  setTimeout(() => URL.revokeObjectURL(href), REVOKE_MS);
}

/**
 * Say what energy cost, and what of it had no price.
 * @param {Words} words
 * @param {Amounts} amounts
 * @param {string} currency
 */
function costs(words, { cost, unpriced_kwh: unpriced }, currency) {
  if (cost === null) return [];
  const missing =
    unpriced >= LEAST_KWH && words.text("sessions_unpriced", { energy: words.number(unpriced) });
  return [words.money(currency, cost), missing];
}

/**
 * @param {Words} words
 * @param {(string | false | null)[]} facts
 */
const joined = (words, facts) => facts.filter(Boolean).join(" · ");

/**
 * Describe what each month came to: from the sun, the battery and the grid.
 * @param {Words} words
 * @param {SessionSite["months"]} months
 * @param {string} currency
 */
function monthBars(words, months, currency) {
  // One scale for all months: they are compared.
  const high = Math.max(...months.map((row) => row.energy_kwh));
  const bars = months.map((row) => {
    const { month, energy_kwh: energy, solar_kwh: sun, battery_kwh: battery } = row;
    const name = new Date(`${month}-01T00:00:00Z`).toLocaleDateString(words.language, {
      month: "long",
      year: "numeric",
      timeZone: "UTC",
    });
    const figures = joined(words, [`${words.number(energy)} kWh`, ...costs(words, row, currency)]);
    const parts = kinds(words).map(
      ([, text, key]) => `${text} ${words.number(row[key])} kWh`,
    );
    /** @type {Segment[]} */
    const segments = [
      ["sun", 0, sun],
      ["battery", sun, sun + battery, BATTERY],
      ["import", sun + battery, energy],
    ];
    const spoken = `${figures} (${parts.join(", ")})`;
    const made = bar("power", { name, figures, spoken, high, limit: high, load: energy, segments });
    return { ...made, values: { ...made.values, key: month } };
  });
  return h("div", "bars", ...bars);
}

/**
 * Return each origin: the colour, its word, and where its energy is told.
 * @param {Words} words
 * @returns {[string, string, "solar_kwh" | "battery_kwh" | "grid_kwh"][]}
 */
const kinds = (words) => [
  ["var(--surplus)", words.text("solar"), "solar_kwh"],
  [BATTERY, words.text("battery"), "battery_kwh"],
  ["var(--house)", words.text("sessions_grid"), "grid_kwh"],
];

/**
 * @param {Words} words
 * @param {number} seconds
 */
function duration(words, seconds) {
  const minutes = Math.round(seconds / 60);
  const parts = /** @type {const} */ ([
    ["hour", Math.floor(minutes / 60)],
    ["minute", minutes % 60],
  ]);
  return parts
    .filter(([unit, count]) => count > 0 || (unit === "minute" && minutes === 0))
    .map(([unit, count]) =>
      new Intl.NumberFormat(words.language, { style: "unit", unit, unitDisplay: "short" })
        .format(count),
    )
    .join(" ");
}

/**
 * Describe one session.
 * @param {Words} words
 * @param {Session} session
 */
function sessionRow(words, session) {
  const { charger, charger_id, started, duration_s, solar_percent: sun, currency } = session;
  const when = started === null ? "" : words.moment(started);
  const facts = joined(words, [
    `${words.number(session.energy_kwh)} kWh`,
    ...costs(words, session, currency),
    sun !== null && words.text("from_sun", { percent: words.number(sun, 0) }),
    duration_s !== null && duration(words, duration_s),
  ]);
  return h("li", { key: `${charger_id} ${started} ${session.finished}` },
    h("div", "line", h("b", {}, charger), h("span", "when", when)),
    h("span", "facts", facts),
  );
}

/**
 * Let the user choose one charger, or all.
 * @param {View} view
 * @param {SessionSite} site
 * @param {() => void} tell
 */
function choice({ words, entryId }, site, tell) {
  const onchange = (/** @type {any} */ { target }) => {
    picked.set(entryId, target.value);
    tell();
  };
  const value = chosen(site)?.charger_id ?? ALL;
  const values = { class: "mode", "aria-label": words.text("chargers"), value, onchange };
  return h("select", values,
    h("option", { value: ALL }, words.text("sessions_all")),
    ...site.chargers.map(({ charger_id, name }) =>
      h("option", { key: charger_id, value: charger_id }, name),
    ),
  );
}

/** @param {SessionSite} site */
const chosen = ({ entry_id, chargers }) =>
  chargers.find(({ charger_id }) => charger_id === picked.get(entry_id));

/**
 * Describe months and sessions, of all chargers or of the one that was chosen.
 * @param {View} view
 * @param {SessionSite} site
 * @param {() => void} tell Called when another charger is chosen.
 */
export function sessionList(view, site, tell) {
  const { words } = view;
  const one = chosen(site);
  const months = (one ?? site).months.slice(0, MONTHS);
  const found = site.sessions.filter((row) => !one || row.charger_id === one.charger_id);
  const onclick = () => save(view, site.name).catch(() => undefined);
  const legend = kinds(words).map(([color, text]) =>
    h("span", { key: text, class: "key" },
      h("span", { class: "swatch", "--color": color }),
      h("span", {}, text),
    ),
  );
  return h("div", { class: "sessions", role: "group", "aria-label": words.text("sessions") },
    h("style", {}, STYLE),
    h("div", "top",
      site.chargers.length > 1 && choice(view, site, tell),
      h("button", { class: "export", type: "button", onclick }, words.text("sessions_export")),
    ),
    months.length > 0 && h("div", {},
      h("div", "heading", words.text("sessions_months")),
      monthBars(words, months, site.currency),
      h("div", { class: "legend", "aria-hidden": "true" }, ...legend),
    ),
    found.length > 0 && h("div", {},
      h("div", "heading", words.text("sessions_newest")),
      h("ul", {}, ...found.slice(0, NEWEST).map((row) => sessionRow(words, row))),
    ),
  );
}
