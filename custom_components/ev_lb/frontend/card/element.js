/** What is alike in all cards of a site: they follow it, and draw themselves anew. */

import { draw } from "./dom.js";
import { Live } from "./live.js";
import { Words } from "./words.js";

/** @import { Child } from "./dom.js" */
/** @import { Config, Hass, Localize } from "./types" */

const LEARN_AGAIN_MS = 2000;

export class SiteElement extends HTMLElement {
  /** Whether the last decisions are wanted, too. */
  log = false;
  /** @type {Config | undefined} */
  config;
  /** @type {Hass | undefined} */
  home;
  /** @type {Live | undefined} */
  live;
  /** @type {Words | undefined} */
  words;
  frame = 0;

  constructor() {
    super();
    this.attachShadow({ mode: "open" });
  }

  /** @param {Config} config */
  setConfig(config) {
    if (config.entry_id !== undefined && typeof config.entry_id !== "string") {
      throw new Error("entry_id must be the id of a site, as the card's editor sets it.");
    }
    if (config.entry_id !== this.config?.entry_id) this.leave();
    this.config = config;
    this.join();
    this.plan();
  }

  /** @param {Hass} hass */
  set hass(hass) {
    const before = this.home;
    this.home = hass;
    const moved = before?.language !== hass.language;
    if (moved || before?.locale !== hass.locale) this.learn(hass);
    else if (before?.localize !== hass.localize) this.speak(hass.localize);
    if (moved || before?.connection !== hass.connection) this.leave();
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
    this.live = new Live(this.home, this.config.entry_id, this.plan, this.log);
  }

  leave() {
    this.live?.stop();
    this.live = undefined;
  }

  /** @param {Hass} hass */
  async learn(hass) {
    try {
      const localize = await hass.loadBackendTranslation("selector", "ev_lb");
      // Who asks second is answered at once, before the texts that others wait for.
      const { home = hass } = this;
      this.speak(home.localize === hass.localize ? localize : home.localize);
    } catch {
      // Home Assistant is just starting, or gone: what was learned before holds.
      setTimeout(() => this.home && this.learn(this.home), LEARN_AGAIN_MS);
    }
  }

  /** @param {Localize} localize With the integration's texts, or soon to be followed by one. */
  speak(localize) {
    if (this.home) this.words = new Words(this.home, localize);
    this.plan();
  }

  /** Draw what is new with the next picture of the screen, once. */
  plan = () => {
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      const { words, config, shadowRoot } = this;
      if (words && config && shadowRoot) draw(shadowRoot, this.describe(words, config));
    });
  };

  /**
   * Describe all that is shown.
   * @param {Words} _words
   * @param {Config} _config
   * @returns {Child[]}
   */
  describe(_words, _config) {
    return [];
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6 };
  }
}
