/** Shows each charger: what it draws, what it may, why not more, and what comes. */

import { h, icon } from "./dom.js";
import { carColor } from "./status.js";

/** @import { Charger, Owner, View } from "./types" */

const MODES = ["standard", "eco", "solar", "excess", "smart", "off"];
/** These need something that may be left over. */
const SUN_MODES = ["eco", "solar", "excess"];
const ICONS = /** @type {Record<string, string>} */ ({
  charging: "mdi:car-electric",
  ready: "mdi:car-electric-outline",
  waiting: "mdi:timer-sand",
  no_car: "mdi:ev-plug-type2",
  off: "mdi:power-plug-off-outline",
  unavailable: "mdi:lan-disconnect",
  faulted: "mdi:alert-circle-outline",
});

/**
 * Describe a choice of a mode and a switch, for a charger or for the site.
 * @param {View} view
 * @param {Owner} owner
 * @param {string} words_of The select whose words the modes have.
 * @param {string[]} more Modes before those of a site.
 */
export function controls({ document, words, busy, call }, owner, words_of, more = []) {
  const { charging_mode: select, enabled: knob } = owner.entities;
  const modes = MODES.filter(
    (mode) => mode === owner.mode || document.site.has_surplus || !SUN_MODES.includes(mode),
  );
  const options = [...more, ...modes].map((mode) =>
    h("option", { key: mode, value: mode }, words.mode(words_of, mode)),
  );
  const choice = {
    class: "mode",
    "aria-label": `${owner.name}: ${words.text("mode")}`,
    // What was chosen stays to be seen until it is known whether it is so.
    value: busy.has(select) ? undefined : owner.mode,
    onchange: (/** @type {any} */ { target }) =>
      call("select", "select_option", { entity_id: select, option: target.value }),
  };
  const toggle = {
    class: "switch",
    type: "button",
    role: "switch",
    "aria-checked": String(owner.enabled),
    "aria-label": `${owner.name}: ${words.text(owner === document.site ? "site" : "allowed")}`,
    onclick: () => call("switch", owner.enabled ? "turn_off" : "turn_on", { entity_id: knob }),
  };
  return h("div", `controls${busy.has(select) || busy.has(knob) ? " busy" : ""}`,
    select && h("select", choice, ...options),
    knob && h("button", toggle),
  );
}

/**
 * Say when something may change, or what it takes.
 * @param {View} view
 * @param {Charger} charger
 */
function outlook({ words, countdown }, { next_change_s, set_a, outlook: later }) {
  if (next_change_s == null) return words.sentence(later ?? "");
  const left = countdown(next_change_s);
  if (left <= 0) return words.text("any_moment");
  return words.text(set_a > 0 ? "rises_in" : "starts_in", { time: words.time(left) });
}

/**
 * @param {View} view
 * @param {string} key
 * @param {Charger} charger
 * @param {number} place
 */
function row(view, key, charger, place) {
  const { config, words } = view;
  const { shadow, has_surplus } = view.document.site;
  const { name, state, set_a, queue, energy_kwh: energy, solar_percent: percent } = charger;
  const drawn = Math.max(0, ...charger.drawn_a);
  const idle = drawn === 0 && (state === "no_car" || state === "off");
  const allowed = words.text(shadow ? "would_get" : "allowed_now", {
    current: words.amperes(set_a),
  });
  const group = { key, class: `charger ${state}`, role: "group", "aria-label": name };
  const onclick = () => view.moreInfo(charger.entities.current_set);
  const title = words.text("session_energy");
  return h("div", { ...group, "--color": carColor(place) },
    h("div", "line",
      h("span", "badge", icon(ICONS[state] ?? "mdi:ev-station")),
      h("div", "who",
        h("button", { class: "name", type: "button", onclick }, name),
        h("span", "state", words.text(`state_${state}`)),
      ),
      h("div", "amps",
        !idle && h("span", "now", `${words.number(drawn)} A`),
        set_a > 0 && h("span", "allowed", allowed),
      ),
    ),
    h("p", "why",
      h("span", "reason", words.sentence(charger.reason)),
      h("span", "next", ` ${outlook(view, charger)}`),
    ),
    h("div", "line low",
      h("div", "chips",
        queue > 0 && h("span", "chip", words.text("queue", { position: queue })),
        energy > 0 && h("span", { class: "chip", title }, `${words.number(energy)} kWh`),
        has_surplus && !!percent && h("span", "chip sunny", words.text("from_sun", { percent })),
      ),
      config.controls !== false && controls(view, charger, "charger_charging_mode", ["site"]),
    ),
  );
}

/** @param {View} view */
export function chargers(view) {
  const rows = Object.entries(view.document.chargers).map(([id, charger], place) =>
    row(view, id, charger, place),
  );
  const group = { class: "chargers", role: "group", "aria-label": view.words.text("chargers") };
  return h("div", group, ...rows);
}
