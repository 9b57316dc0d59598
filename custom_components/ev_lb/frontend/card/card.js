/** The card `custom:ev-lb-card`: one glance tells whether the fuse is safe, and why
 * each car gets what it gets. */

import { Chargers, Controls } from "./chargers.js";
import { icon, keep, make, show } from "./dom.js";
import { Circuits, Power, Sun } from "./extras.js";
import { History } from "./history.js";
import { Live } from "./live.js";
import { Phases } from "./phases.js";
import { noticesOf, statusOf } from "./status.js";
import { STYLE } from "./style.js";
import { Words, lateText } from "./words.js";

/** @typedef {import("./types.js").Config} Config */
/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Hass} Hass */
/** @typedef {import("./status.js").Notice} Notice */

const TYPE = "ev-lb-card";
const TICK_MS = 1000;
const LEARN_AGAIN_MS = 2000;
/** A screen reader is told of nothing sooner after the last news, ms. */
const CALM_MS = 5000;
const PROBLEMS = { no_site: "no_site", gone: "gone", not_running: "not_running" };
const HISTORY_HOURS = 6;
const LABELS = /** @type {Record<string, string>} */ ({
  entry_id: "Site",
  title: "Title",
  controls: "Show modes and switches",
  history_hours: "Hours of history",
  history_open: "Show the history at once",
});

class EvLbCard extends HTMLElement {
  /** @type {Config | undefined} */
  config;
  /** @type {Hass | undefined} */
  home;
  /** @type {Live | undefined} */
  live;
  /** @type {Words | undefined} */
  words;
  /** @type {number | undefined} */
  timer;
  /** @type {number | undefined} */
  later;
  frame = 0;
  announcedMs = -CALM_MS;
  announcedKey = "";
  /** @type {Map<string, {root: HTMLElement, text: HTMLElement}>} */
  noticeParts = new Map();

  /** @type {import("./chargers.js").Actions} */
  actions = {
    moreInfo: (entityId) => this.moreInfo(entityId),
    choose: (entity_id, option) =>
      this.call("select", "select_option", { entity_id, option }),
    turn: (entity_id, on) =>
      this.call("switch", on ? "turn_on" : "turn_off", { entity_id }),
  };
  heading = make("button", { class: "title", type: "button" });
  pill = make("span", { class: "pill" });
  notices = make("div", { class: "notices" });
  phases = new Phases();
  power = new Power();
  circuits = new Circuits();
  sun = new Sun();
  chargers = new Chargers(this.actions);
  history = new History();
  siteLabel = make("span", { class: "label" });
  siteControls = new Controls("charging_mode", false, this.actions);
  footer = make("div", { class: "footer" }, this.siteLabel, this.siteControls.root);
  announcer = make("div", { class: "announcer", role: "status" });
  card = document.createElement("ha-card");
  body = [
    this.phases.root,
    this.power.root,
    this.circuits.root,
    this.sun.root,
    this.chargers.root,
    this.history.root,
    this.footer,
  ];

  constructor() {
    super();
    this.heading.addEventListener("click", () =>
      this.moreInfo(this.live?.document?.site.entities.balancer_state),
    );
    const header = make("div", { class: "header" }, this.heading, this.pill);
    this.card.append(header, this.notices, ...this.body, this.announcer);
    this.attachShadow({ mode: "open" }).append(make("style", { text: STYLE }), this.card);
  }

  /**
   * @param {Config} config
   */
  setConfig(config) {
    if (config.entry_id !== undefined && typeof config.entry_id !== "string") {
      throw new Error("entry_id must be the id of a site, as the card's editor sets it.");
    }
    const moved = config.entry_id !== this.config?.entry_id;
    if (config.history_open !== this.config?.history_open) {
      this.history.details.open = Boolean(config.history_open);
    }
    this.config = config;
    if (moved) this.leave();
    this.join();
    this.plan();
  }

  /**
   * @param {Hass} hass
   */
  set hass(hass) {
    const before = this.home;
    this.home = hass;
    if (!before || before.language !== hass.language || before.locale !== hass.locale) {
      this.learn(hass);
    }
    if (before?.connection !== hass.connection || before?.language !== hass.language) {
      this.leave();
    }
    this.join();
  }

  connectedCallback() {
    this.join();
  }

  disconnectedCallback() {
    this.leave();
  }

  /** Follow the site, as soon as everything needed is there. */
  join() {
    if (this.live || !this.isConnected || !this.home || !this.config) return;
    this.live = new Live(this.home, this.config.entry_id, () => this.plan());
  }

  leave() {
    this.live?.stop();
    this.live = undefined;
    clearInterval(this.timer);
    clearTimeout(this.later);
    this.timer = undefined;
  }

  /**
   * @param {Hass} hass
   */
  async learn(hass) {
    try {
      this.words = await Words.load(hass);
      this.plan();
    } catch {
      // Home Assistant is just starting, or gone: what was learned before holds.
      if (hass === this.home) setTimeout(() => this.learn(hass), LEARN_AGAIN_MS);
    }
  }

  /** Show what is new with the next picture of the screen, once. */
  plan() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.update();
    });
  }

  update() {
    const { live, words, config } = this;
    if (!words || !config) return;
    const document = live?.document;
    const title = config.title ?? document?.site.name ?? words.text("name");
    show(this.heading, { text: title, hidden: title === "" });
    show(this.card, { role: "region", "aria-label": title || words.text("name") });
    this.showStatus(document, words);
    for (const part of this.body) part.classList.toggle("absent", !document);
    show(this.card, { class: document && live?.connected ? "" : "stale" });
    if (!document) return;
    const controls = config.controls !== false;
    this.phases.update(document, words);
    this.power.update(document, words);
    this.circuits.update(document, words);
    this.sun.update(document, words);
    this.chargers.update(document, controls, words);
    const hours = Number(config.history_hours ?? HISTORY_HOURS);
    if (this.home) this.history.update(this.home, document, hours, words);
    show(this.footer, { hidden: !controls });
    show(this.siteLabel, { text: words.text("site") });
    this.siteControls.update(document, document.site, words);
    this.tick();
  }

  /**
   * @param {Document | undefined} document
   * @param {Words} words
   */
  showStatus(document, words) {
    const live = this.live;
    /** @type {Notice[]} */
    let notices = [];
    let status = { level: "off", key: "starting", text: words.text("starting") };
    if (live?.problem) {
      const text = words.text(PROBLEMS[live.problem]);
      notices = [{ level: "off", icon: "mdi:information-outline", text }];
    } else if (document) {
      status = statusOf(document, words);
      notices = noticesOf(document, words);
    }
    if (live && !live.connected) {
      status = { level: "off", key: "lost", text: words.text("connection_lost") };
    }
    show(this.pill, {
      text: status.text,
      "--level": `var(--${status.level})`,
      hidden: Boolean(live?.problem) && live?.connected,
    });
    keep(this.notices, this.noticeParts, notices.map((row) => row.icon), (name) => {
      const text = make("span");
      return { root: make("div", { class: "notice" }, icon(name), text), text };
    });
    for (const { icon: name, level, text } of notices) {
      const part = this.noticeParts.get(name);
      if (!part) continue;
      show(part.text, { text });
      show(part.root, { "--level": `var(--${level})` });
    }
    this.announce(status.key, [status.text, ...notices.map((row) => row.text)]);
  }

  /**
   * Tell a screen reader what kind of state it is, not each figure.
   *
   * @param {string} key
   * @param {string[]} texts
   */
  announce(key, texts) {
    const whole = [key, ...texts.slice(1)].join();
    const now = performance.now();
    if (whole === this.announcedKey || key === "starting") return;
    const calmIn = this.announcedMs + CALM_MS - now;
    if (calmIn > 0) {
      clearTimeout(this.later);
      this.later = window.setTimeout(() => this.plan(), calmIn);
      return;
    }
    [this.announcedKey, this.announcedMs] = [whole, now];
    show(this.announcer, { text: texts.join(". ") });
  }

  /** Let time go on where it is shown; the clock runs only as long as it is. */
  tick() {
    const { live, words } = this;
    if (!live?.document || !words) return;
    const counting = this.chargers.tick(live, words);
    const running = this.power.tick(live, words) || counting;
    if (running && this.timer === undefined) {
      this.timer = window.setInterval(() => this.tick(), TICK_MS);
    } else if (!running) {
      clearInterval(this.timer);
      this.timer = undefined;
    }
  }

  /**
   * @param {string | undefined} entityId
   */
  moreInfo(entityId) {
    if (!entityId) return;
    const detail = { entityId };
    const options = { bubbles: true, composed: true, detail };
    this.dispatchEvent(new CustomEvent("hass-more-info", options));
  }

  /**
   * @param {string} domain
   * @param {string} service
   * @param {object} data
   */
  async call(domain, service, data) {
    await this.home?.callService(domain, service, data);
  }

  getCardSize() {
    return 4 + 3 * Object.keys(this.live?.document?.chargers ?? { one: 1 }).length;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6 };
  }

  /** Return what the card's editor asks for. */
  static getConfigForm() {
    return {
      schema: [
        { name: "entry_id", selector: { config_entry: { integration: "ev_lb" } } },
        { name: "title", selector: { text: {} } },
        { name: "controls", default: true, selector: { boolean: {} } },
        {
          name: "history_hours",
          default: HISTORY_HOURS,
          selector: { number: { min: 0, max: 48, unit_of_measurement: "h" } },
        },
        { name: "history_open", default: false, selector: { boolean: {} } },
      ],
      computeLabel: (/** @type {{name: string}} */ { name }) =>
        lateText(`editor_${name}`, LABELS[name] ?? name),
    };
  }

  /**
   * @param {Hass} hass
   */
  static async getStubConfig(hass) {
    /** @type {{entry_id: string}[]} */
    const sites = await hass.callWS({ type: "ev_lb/sites" });
    return sites[0] ? { entry_id: sites[0].entry_id } : {};
  }
}

/**
 * Suggest the card for the entities of a site and of its chargers.
 *
 * @param {Hass} hass
 * @param {string} entityId
 */
function getEntitySuggestion(hass, entityId) {
  const entity = hass.entities[entityId];
  if (entity?.platform !== "ev_lb") return null;
  const device = hass.devices[entity.device_id ?? ""];
  const entryId = device?.config_entry_id ?? device?.config_entries?.[0];
  return { config: { type: `custom:${TYPE}`, ...(entryId && { entry_id: entryId }) } };
}

if (!customElements.get(TYPE)) {
  customElements.define(TYPE, EvLbCard);
  const registry = /** @type {{customCards?: object[]}} */ (window);
  registry.customCards = registry.customCards ?? [];
  registry.customCards.push({
    type: TYPE,
    name: "EV Load Balancer",
    get description() {
      return lateText(
        "description",
        "What the grid connection carries, and why each car gets what it gets.",
      );
    },
    preview: true,
    documentationURL: "https://github.com/ev-lb/ev_lb/blob/main/docs/card.md",
    getEntitySuggestion,
  });
}
