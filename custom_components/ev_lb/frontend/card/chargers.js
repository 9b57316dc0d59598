/** Shows each charger: what it draws, what it may, why not more, and what comes. */

import { forget, icon, keep, make, show } from "./dom.js";
import { carColor } from "./phases.js";
import { sentence } from "./words.js";

/** @typedef {import("./types.js").Charger} Charger */
/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./live.js").Live} Live */
/** @typedef {import("./words.js").Words} Words */

const MODES = ["standard", "eco", "solar", "excess", "off"];
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
 * @typedef {object} Actions
 * @property {(entityId: string | undefined) => void} moreInfo
 * @property {(entityId: string, mode: string) => Promise<unknown>} choose
 * @property {(entityId: string, on: boolean) => Promise<unknown>} turn
 */

/**
 * Return the modes that a site offers, with the one that is set.
 *
 * @param {Document} document
 * @param {string} current
 */
function modesOf(document, current) {
  return MODES.filter(
    (mode) =>
      mode === current || document.site.has_surplus || !SUN_MODES.includes(mode),
  );
}

/** A choice of a mode and a switch, for a charger or for the site. */
export class Controls {
  /**
   * @param {string} select Whose words the modes have.
   * @param {boolean} inherits Whether "as the site" is a choice.
   * @param {Actions} actions
   */
  constructor(select, inherits, actions) {
    this.select = select;
    this.inherits = inherits;
    this.mode = make("select", { class: "mode" });
    this.knob = make("button", { class: "switch", role: "switch", type: "button" });
    this.root = make("div", { class: "controls" }, this.mode, this.knob);
    /** @type {Map<string, {root: HTMLOptionElement}>} */
    this.options = new Map();
    /** @type {Record<string, string>} */
    this.entities = {};
    this.on = false;
    this.mode.addEventListener("change", () => {
      this.wait(actions.choose(this.entities.charging_mode ?? "", this.mode.value));
    });
    this.knob.addEventListener("click", () => {
      this.wait(actions.turn(this.entities.enabled ?? "", !this.on));
    });
  }

  /**
   * Wait for Home Assistant; what it refuses is shown as it still is.
   *
   * @param {Promise<unknown>} done
   */
  async wait(done) {
    forget(this.mode, "value");
    show(this.root, { class: "controls busy" });
    try {
      await done;
    } catch {
      // Home Assistant itself has told the user what went wrong.
      show(this.mode, { value: this.chosen ?? "" });
    } finally {
      show(this.root, { class: "controls" });
    }
  }

  /**
   * @param {Document} document
   * @param {{name: string, mode: string, enabled: boolean,
   *   entities: Record<string, string>}} owner
   * @param {Words} words
   */
  update(document, owner, words) {
    this.entities = owner.entities;
    this.on = owner.enabled;
    this.chosen = owner.mode;
    const modes = modesOf(document, owner.mode);
    if (this.inherits) modes.unshift("site");
    keep(this.mode, this.options, modes, (mode) => ({
      root: make("option", { value: mode }),
    }));
    for (const [mode, option] of this.options) {
      show(option.root, { text: words.mode(this.select, mode) });
    }
    show(this.mode, {
      value: owner.mode,
      hidden: !owner.entities.charging_mode,
      "aria-label": `${owner.name}: ${words.text("mode")}`,
    });
    show(this.knob, {
      "aria-checked": String(owner.enabled),
      "aria-label": `${owner.name}: ${words.text("allowed")}`,
      hidden: !owner.entities.enabled,
    });
  }
}

/** One charger. */
class ChargerRow {
  /**
   * @param {Actions} actions
   */
  constructor(actions) {
    this.icon = icon("mdi:ev-station");
    this.name = make("button", { class: "name", type: "button" });
    this.state = make("span", { class: "state" });
    this.now = make("span", { class: "now" });
    this.allowed = make("span", { class: "allowed" });
    this.reason = make("span", { class: "reason" });
    this.next = make("span", { class: "next" });
    this.queue = make("span", { class: "chip" });
    this.energy = make("span", { class: "chip" });
    this.sun = make("span", { class: "chip sunny" });
    this.controls = new Controls("charger_charging_mode", true, actions);
    this.root = make(
      "div",
      { class: "charger", role: "group" },
      make(
        "div",
        { class: "line" },
        make("span", { class: "badge" }, this.icon),
        make("div", { class: "who" }, this.name, this.state),
        make("div", { class: "amps" }, this.now, this.allowed),
      ),
      make("p", { class: "why" }, this.reason, this.next),
      make(
        "div",
        { class: "line low" },
        make("div", { class: "chips" }, this.queue, this.energy, this.sun),
        this.controls.root,
      ),
    );
    /** @type {Charger | undefined} */
    this.charger = undefined;
    this.name.addEventListener("click", () =>
      actions.moreInfo(this.charger?.entities.current_set),
    );
  }

  /**
   * @param {Document} document
   * @param {Charger} charger
   * @param {number} place
   * @param {boolean} controls
   * @param {Words} words
   */
  update(document, charger, place, controls, words) {
    this.charger = charger;
    const drawn = Math.max(0, ...charger.drawn_a);
    const would = document.site.shadow ? "would_get" : "allowed_now";
    const idle = charger.state === "no_car" || charger.state === "off";
    show(this.root, {
      "--color": carColor(place),
      class: `charger ${charger.state}`,
      "aria-label": charger.name,
    });
    show(this.icon, { icon: ICONS[charger.state] ?? "mdi:ev-station" });
    show(this.name, { text: charger.name });
    show(this.state, { text: words.text(`state_${charger.state}`) });
    show(this.now, { text: `${words.number(drawn)} A`, hidden: idle && drawn === 0 });
    show(this.allowed, {
      text: words.text(would, { current: words.amperes(charger.set_a) }),
      hidden: charger.set_a === 0,
    });
    show(this.reason, {
      text: charger.reason ? `${sentence(charger.reason, words.language)}.` : "",
    });
    show(this.queue, {
      text: words.text("queue", { position: charger.queue }),
      hidden: charger.queue === 0,
    });
    show(this.energy, {
      text: `${words.number(charger.energy_kwh)} kWh`,
      title: words.text("session_energy"),
      hidden: charger.energy_kwh === 0,
    });
    show(this.sun, {
      text: words.text("from_sun", { percent: charger.solar_percent ?? 0 }),
      hidden: !document.site.has_surplus || !charger.solar_percent,
    });
    show(this.controls.root, { hidden: !controls });
    this.controls.update(document, charger, words);
  }

  /**
   * Show how long it is until something may change.
   *
   * @param {Live} live
   * @param {Words} words
   * @returns {boolean} Whether time goes on here.
   */
  tick(live, words) {
    const next = this.charger?.next_change_s ?? null;
    const outlook = this.charger?.outlook;
    if (next === null) {
      const text = outlook ? ` ${sentence(outlook, words.language)}.` : "";
      show(this.next, { text });
      return false;
    }
    const left = live.remaining(next);
    const key = (this.charger?.set_a ?? 0) > 0 ? "rises_in" : "starts_in";
    const text = left > 0 ? words.text(key, { time: words.time(left) }) : words.text("any_moment");
    show(this.next, { text: ` ${text}` });
    return left > 0;
  }
}

/** All chargers of a site. */
export class Chargers {
  /**
   * @param {Actions} actions
   */
  constructor(actions) {
    this.root = make("div", { class: "chargers", role: "group" });
    this.actions = actions;
    /** @type {Map<string, ChargerRow>} */
    this.rows = new Map();
  }

  /**
   * @param {Document} document
   * @param {boolean} controls Whether modes and switches are shown.
   * @param {Words} words
   */
  update(document, controls, words) {
    show(this.root, { "aria-label": words.text("chargers") });
    const ids = Object.keys(document.chargers);
    keep(this.root, this.rows, ids, () => new ChargerRow(this.actions));
    ids.forEach((id, place) => {
      const charger = document.chargers[id];
      if (charger) this.rows.get(id)?.update(document, charger, place, controls, words);
    });
  }

  /**
   * @param {Live} live
   * @param {Words} words
   * @returns {boolean} Whether time goes on for any of them.
   */
  tick(live, words) {
    let running = false;
    for (const row of this.rows.values()) running = row.tick(live, words) || running;
    return running;
  }
}
