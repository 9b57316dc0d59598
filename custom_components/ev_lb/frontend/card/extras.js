/** Shows what only some sites have: limits in power, circuits, sun and a battery. */

import { icon, keep, make, show } from "./dom.js";
import { Bar } from "./phases.js";

/** @typedef {import("./types.js").Cap} Cap */
/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./live.js").Live} Live */
/** @typedef {import("./words.js").Words} Words */

/** The import with the limits that hold for it, kW. */
export class Power {
  constructor() {
    this.bar = new Bar("power");
    this.notes = make("ul", { class: "notes" });
    this.root = make("div", { class: "caps", role: "group" }, this.bar.root, this.notes);
    /** @type {Map<string, {root: HTMLElement}>} */
    this.items = new Map();
    /** @type {Cap[]} */
    this.caps = [];
  }

  /**
   * @param {Document} document
   * @param {Words} words
   */
  update(document, words) {
    const power = document.power;
    show(this.root, { hidden: !power, "aria-label": words.text("power_limits") });
    this.caps = power?.caps ?? [];
    if (!power) return;
    const load = power.import_w;
    const marks = this.caps.filter((cap) => cap.kind !== "external_cap");
    const limits = marks.map((cap) => cap.power_w ?? 0);
    const limit = Math.min(...limits, Infinity);
    const high = Math.max(1000, load ?? 0, ...limits.map((row) => 1.15 * row));
    show(this.bar.root, { hidden: marks.length === 0 });
    if (marks.length) {
      const figures = words.text("of_power", {
        power: load === null ? "?" : words.kilowatts(load),
        limit: words.kilowatts(limit),
      });
      const over = load !== null && load > limit;
      this.bar.update({
        name: words.text("import"),
        figures,
        spoken: figures,
        low: 0,
        high,
        limit,
        load,
        segments: [
          { key: "import", from: 0, to: Math.max(0, load ?? 0) },
          ...(over ? [{ key: "over", from: limit, to: load }] : []),
          ...marks.map((cap) => ({
            key: `limit:${cap.kind}`,
            from: cap.power_w ?? 0,
            to: cap.power_w ?? 0,
          })),
        ],
      });
    }
    const kinds = this.caps.map((cap) => cap.kind);
    keep(this.notes, this.items, kinds, () => ({ root: make("li") }));
  }

  /**
   * @param {Live} live
   * @param {Words} words
   * @returns {boolean} Whether time goes on here.
   */
  tick(live, words) {
    let running = false;
    for (const cap of this.caps) {
      const item = this.items.get(cap.kind);
      if (!item) continue;
      const ends = cap.ends_s ?? null;
      running ||= ends !== null;
      const text = words.text(`${cap.kind}_note`, {
        power: words.kilowatts(cap.power_w ?? 0),
        mean: words.kilowatts(cap.mean_w ?? 0),
        limit: words.kilowatts(cap.limit_w ?? 0),
        time: ends === null ? "" : words.time(live.remaining(ends)),
      });
      show(item.root, { text });
    }
    return running;
  }
}

/** The fuses between the connection and some chargers: each one's fullest phase. */
export class Circuits {
  constructor() {
    this.root = make("div", { class: "circuits", role: "group" });
    /** @type {Map<string, Bar>} */
    this.bars = new Map();
  }

  /**
   * @param {Document} document
   * @param {Words} words
   */
  update(document, words) {
    const { circuits } = document;
    show(this.root, {
      hidden: circuits.length === 0,
      "aria-label": words.text("circuits"),
    });
    const names = circuits.map((circuit) => circuit.name);
    keep(this.root, this.bars, names, () => new Bar("circuit"));
    for (const circuit of circuits) {
      const fullest = circuit.phases.reduce((found, phase) =>
        phase.limit_a - (phase.load_a ?? 0) < found.limit_a - (found.load_a ?? 0)
          ? phase
          : found,
      );
      const { load_a: load, limit_a: limit, name } = fullest;
      const figures = words.text("of", {
        current: load === null ? "?" : words.number(load),
        limit: words.amperes(limit),
      });
      const high = Math.max(limit, load ?? 0);
      this.bars.get(circuit.name)?.update({
        name: circuit.name,
        figures: circuit.phases.length > 1 ? `${name} ${figures}` : figures,
        spoken: figures,
        low: 0,
        high,
        limit,
        load,
        segments: [
          { key: load === null ? "unknown" : "import", from: 0, to: load ?? limit },
          ...(high > limit ? [{ key: "over", from: limit, to: high }] : []),
          { key: "limit", from: limit, to: limit },
        ],
      });
    }
  }
}

/** What the sun gives, what is left over, and how the battery stands. */
export class Sun {
  constructor() {
    this.root = make("div", { class: "sun", role: "group" });
    this.solar = this.add("mdi:solar-power-variant-outline");
    this.surplus = this.add("mdi:transmission-tower-export");
    this.battery = this.add("mdi:home-battery-outline");
  }

  /**
   * @param {string} name
   */
  add(name) {
    const label = make("span", { class: "label" });
    const value = make("b");
    const root = make("span", { class: "fact" }, icon(name), label, value);
    this.root.append(root);
    return { root, label, value };
  }

  /**
   * @param {Document} document
   * @param {Words} words
   */
  update(document, words) {
    const { sun } = document;
    show(this.root, { hidden: !sun, "aria-label": words.text("sun_and_battery") });
    if (!sun) return;
    const power = (/** @type {number | null} */ value) =>
      value === null ? "" : `${words.kilowatts(Math.abs(value))} kW`;
    show(this.solar.root, { hidden: sun.solar_w === null });
    show(this.solar.label, { text: words.text("solar") });
    show(this.solar.value, { text: power(sun.solar_w) });
    const lacks = (sun.surplus_w ?? 0) < 0;
    show(this.surplus.root, { hidden: sun.surplus_w === null });
    show(this.surplus.label, { text: words.text(lacks ? "lacking" : "left_over") });
    show(this.surplus.value, { text: power(sun.surplus_w) });
    const { battery_percent: percent, battery_w: flow } = sun;
    show(this.battery.root, { hidden: percent === null && flow === null });
    const key = !flow ? "battery" : flow > 0 ? "battery_charges" : "battery_gives";
    show(this.battery.label, { text: words.text(key) });
    const level = percent === null ? [] : [`${words.number(percent, 0)} %`];
    show(this.battery.value, {
      text: [...level, ...(flow ? [power(flow)] : [])].join(", "),
    });
  }
}
