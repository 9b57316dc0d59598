/** The card `custom:ev-lb-card`: one glance tells whether the fuse is safe, and why
 * each car gets what it gets. */

import { Chargers, Controls } from "./chargers.js";
import { icon, keep, make, show } from "./dom.js";
import { Circuits, Power, Sun } from "./extras.js";
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
/** A screen reader is told of nothing sooner after the last news, ms. */
const CALM_MS = 5000;
const PROBLEMS = { no_site: "no_site", gone: "gone", not_running: "not_running" };
const LABELS = /** @type {Record<string, string>} */ ({
  entry_id: "Site",
  title: "Title",
  controls: "Show modes and switches",
});

class EvLbCard extends HTMLElement {
  constructor() {
    super();
    /** @type {Config | undefined} */
    this.config = undefined;
    /** @type {Hass | undefined} */
    this._hass = undefined;
    /** @type {Live | undefined} */
    this.live = undefined;
    /** @type {Words | undefined} */
    this.words = undefined;
    /** @type {number | undefined} */
    this.timer = undefined;
    this.frame = 0;
    this.announcedMs = -CALM_MS;
    this.announcedKey = "";
    /** @type {Map<string, {root: HTMLElement, text: HTMLElement}>} */
    this.noticeParts = new Map();
    this.build(this.attachShadow({ mode: "open" }));
  }

  /**
   * @param {ShadowRoot} root
   */
  build(root) {
    /** @type {import("./chargers.js").Actions} */
    const actions = {
      moreInfo: (entityId) => this.moreInfo(entityId),
      choose: (entity_id, option) => this.call("select", "select_option", { entity_id, option }),
      turn: (entity_id, on) =>
        this.call("switch", on ? "turn_on" : "turn_off", { entity_id }),
    };
    this.heading = make("button", { class: "title", type: "button" });
    this.heading.addEventListener("click", () =>
      this.moreInfo(this.live?.document?.site.entities.balancer_state),
    );
    this.pill = make("span", { class: "pill" });
    this.notices = make("div", { class: "notices" });
    this.phases = new Phases();
    this.power = new Power();
    this.circuits = new Circuits();
    this.sun = new Sun();
    this.chargers = new Chargers(actions);
    this.siteLabel = make("span", { class: "label" });
    this.siteControls = new Controls("charging_mode", false, actions);
    this.footer = make("footer", {}, this.siteLabel, this.siteControls.root);
    this.announcer = make("div", { class: "announcer", role: "status" });
    this.body = [
      this.phases.root,
      this.power.root,
      this.circuits.root,
      this.sun.root,
      this.chargers.root,
      this.footer,
    ];
    const header = make("header", {}, this.heading, this.pill);
    this.card = document.createElement("ha-card");
    this.card.append(header, this.notices, ...this.body, this.announcer);
    root.append(make("style", { text: STYLE }), this.card);
  }

  /**
   * @param {Config} config
   */
  setConfig(config) {
    if (config.entry_id !== undefined && typeof config.entry_id !== "string") {
      throw new Error("entry_id must be the id of a site, as the card's editor sets it.");
    }
    const moved = config.entry_id !== this.config?.entry_id;
    this.config = config;
    if (moved) this.leave();
    this.join();
    this.plan();
  }

  /**
   * @param {Hass} hass
   */
  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    if (!before || before.language !== hass.language || before.locale !== hass.locale) {
      this.translate(hass);
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
    if (this.live || !this.isConnected || !this._hass || !this.config) return;
    this.live = new Live(this._hass, this.config.entry_id, () => this.plan());
  }

  leave() {
    this.live?.stop();
    this.live = undefined;
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /**
   * @param {Hass} hass
   */
  async translate(hass) {
    this.words = await Words.load(hass);
    this.plan();
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
    if (whole === this.announcedKey || now - this.announcedMs < CALM_MS) return;
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
    await this._hass?.callService(domain, service, data);
  }

  getCardSize() {
    return 4 + 3 * Object.keys(this.live?.document?.chargers ?? { one: 1 }).length;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6 };
  }

  static getConfigForm() {
    return {
      schema: [
        { name: "entry_id", selector: { config_entry: { integration: "ev_lb" } } },
        { name: "title", selector: { text: {} } },
        { name: "controls", default: true, selector: { boolean: {} } },
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
