/** The card `custom:ev-lb-card`: one glance tells whether the fuse is safe, and why
 * each car gets what it gets. */

import { chargers, controls } from "./chargers.js";
import { h, icon } from "./dom.js";
import { SiteElement } from "./element.js";
import { circuits, power, sun } from "./extras.js";
import { Fold } from "./fold.js";
import { history } from "./history.js";
import { phases } from "./phases.js";
import { sessions } from "./sessions.js";
import { loadsOf, noticesOf, statusOf } from "./status.js";
import { STYLE } from "./style.js";
import { latest } from "./words.js";

/** @import { Config, Hass, Localize, View } from "./types" */
/** @import { Words } from "./words.js" */

const TYPE = "ev-lb-card";
const TICK_MS = 1000;
/** A screen reader is told of nothing sooner after the last news, ms. */
const CALM_MS = 5000;
/** What was set is shown by then, ms: news come four times a second at most. */
const NEWS_MS = 500;

class EvLbCard extends SiteElement {
  /** @type {number | undefined} */
  timer;
  announcedMs = -CALM_MS;
  announcedKey = "";
  announced = "";
  folds = { history: new Fold(this.plan), sessions: new Fold(this.plan) };
  /** @type {((view: View) => import("./dom.js").Tree | null) | undefined} */
  drawPlan;
  /** @type {Set<string | undefined>} */
  busy = new Set();

  /** @override */
  leave() {
    super.leave();
    clearTimeout(this.timer);
  }

  /**
   * @override
   * @param {Words} words
   * @param {Config} config
   */
  describe(words, config) {
    const { live, home: hass } = this;
    const document = live?.document;
    const { busy, call, moreInfo } = this;
    const entryId = live?.followed ?? "";
    let counts = false;
    const countdown = (/** @type {number} */ timeS) => {
      const left = live?.remaining(timeS) ?? 0;
      counts ||= left > 0;
      return left;
    };
    const loads = document ? loadsOf(document) : [];
    const view = document &&
      hass && { hass, entryId, config, document, words, loads, busy, call, moreInfo, countdown };
    const title = config.title ?? document?.site.name ?? words.text("name");
    const { status, notices } = this.state(words, view);
    const body = view ? this.body(view) : [];
    const calmMs = this.announce(status.key, [status, ...notices]);
    const planMs = Math.min(counts ? TICK_MS : Infinity, calmMs);
    clearTimeout(this.timer);
    if (planMs < Infinity) this.timer = window.setTimeout(this.plan, planMs);
    const card = {
      class: view && live?.connected ? "" : "stale",
      role: "region",
      "aria-label": title || words.text("name"),
    };
    const onclick = () => moreInfo(document?.site.entities.balancer_state);
    const level = (/** @type {string} */ name) => ({ "--level": `var(--${name})` });
    return [
      h("style", {}, STYLE),
      h("ha-card", card,
        h("div", "header",
          title !== "" && h("button", { class: "title", type: "button", onclick }, title),
          status.text !== "" && h("span", { class: "pill", ...level(status.level) }, status.text),
        ),
        h("div", "notices",
          ...notices.map((row) =>
            h("div", { key: row.text, class: "notice", ...level(row.level) },
              icon(row.name),
              h("span", {}, row.text),
              // Others may not open that page.
              row.path !== undefined && hass?.user?.is_admin === true &&
                h("a", { href: row.path, "aria-label": `${words.text("fix")}: ${row.text}` },
                  words.text("fix")),
            ),
          ),
        ),
        ...body,
        h("div", { key: "news", class: "announcer", "aria-live": "polite" }, this.announced),
      ),
    ];
  }

  /** @param {View} view */
  night(view) {
    if (!view.document.plan) return null;
    // Who plans nothing need not load what draws it.
    if (!this.drawPlan) {
      const done = (/** @type {typeof import("../ev-lb-plan.js")} */ { plan }) => {
        this.drawPlan = plan;
        this.plan();
      };
      import("../ev-lb-plan.js").then(done, () => undefined);
    }
    return this.drawPlan?.(view);
  }

  /** @param {View} view */
  body(view) {
    const { config, document, words } = view;
    return [
      phases(view),
      power(view),
      circuits(view),
      sun(view),
      chargers(view),
      this.night(view),
      history(this.folds.history, view),
      sessions(this.folds.sessions, view),
      config.controls !== false &&
        h("div", "footer",
          h("span", "label", words.text("site")),
          controls(view, document.site, "charging_mode"),
        ),
    ];
  }

  /**
   * @param {Words} words
   * @param {View} [view]
   */
  state(words, view) {
    const problem = this.live?.problem;
    const lost = this.live && !this.live.connected;
    let status = { level: "off", key: "starting", text: words.text("starting") };
    if (lost) status = { level: "off", key: "lost", text: words.text("connection_lost") };
    else if (problem) status = { level: "off", key: problem, text: "" };
    else if (view) status = statusOf(view);
    if (!problem) return { status, notices: view ? noticesOf(view) : [] };
    /** @type {import("./types").Site["warnings"][0]} */
    const notice = { level: "off", name: "mdi:information-outline", text: words.text(problem) };
    return { status, notices: [notice] };
  }

  /**
   * Tell a screen reader what kind of state it is, not each figure; return how long it
   * is to be left alone, ms.
   * @param {string} key
   * @param {{text: string}[]} rows
   */
  announce(key, rows) {
    const texts = rows.map(({ text }) => text);
    const whole = [key, ...texts.slice(1)].join();
    const now = performance.now();
    const calmMs = this.announcedMs + CALM_MS - now;
    const news = whole !== this.announcedKey && key !== "starting";
    if (calmMs > 0) return news || this.announced ? calmMs : Infinity;
    // Who reads the card line by line must not find what was said long ago.
    this.announced = "";
    if (!news) return Infinity;
    [this.announcedKey, this.announcedMs] = [whole, now];
    this.announced = texts.filter(Boolean).join(". ");
    return CALM_MS;
  }

  /** @param {string | undefined} entityId */
  moreInfo = (entityId) => {
    if (!entityId) return;
    const detail = { entityId };
    const options = { bubbles: true, composed: true, detail };
    this.dispatchEvent(new CustomEvent("hass-more-info", options));
  };

  /** @type {View["call"]} */
  call = async (domain, service, data) => {
    const done = () => {
      this.busy.delete(data.entity_id);
      this.plan();
    };
    this.busy.add(data.entity_id);
    this.plan();
    try {
      await this.home?.callService(domain, service, data);
      setTimeout(done, NEWS_MS);
    } catch {
      // Home Assistant itself has told the user what went wrong.
      done();
    }
  };

  getCardSize() {
    return 4 + 3 * Object.keys(this.live?.document?.chargers ?? { one: 1 }).length;
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
          default: 6,
          selector: { number: { min: 0, max: 48, unit_of_measurement: "h" } },
        },
        { name: "history_open", default: false, selector: { boolean: {} } },
      ],
      // The card that is edited has loaded them.
      computeLabel: (/** @type {{name: string}} */ { name }, /** @type {Localize} */ localize) =>
        localize(`component.ev_lb.selector.card.options.editor_${name}`) || undefined,
    };
  }

  /** @param {Hass} hass */
  static async getStubConfig(hass) {
    /** @type {{entry_id: string}[]} */
    const sites = await hass.callWS({ type: "ev_lb/sites" });
    return sites[0] ? { entry_id: sites[0].entry_id } : {};
  }
}

/**
 * Suggest the card for the entities of a site and of its chargers.
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
  (registry.customCards ??= []).push({
    type: TYPE,
    name: "EV Load Balancer",
    get description() {
      const otherwise = "What the grid connection carries, and why each car gets what it gets.";
      return latest?.text("description") ?? otherwise;
    },
    preview: true,
    documentationURL: "https://github.com/ev-lb/ev_lb/blob/main/docs/card.md",
    getEntitySuggestion,
  });
}
