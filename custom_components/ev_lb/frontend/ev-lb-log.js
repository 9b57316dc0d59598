/** The card `custom:ev-lb-log-card`: what was decided last, and why, in words. */

import { keep, make, show } from "./card/dom.js";
import { Live } from "./card/live.js";
import { Words, sentence } from "./card/words.js";

/** @typedef {import("./card/types.js").Hass} Hass */
/** @typedef {import("./card/types.js").Note} Note */

const TYPE = "ev-lb-log-card";
const STYLE = `
ha-card { padding: 8px 16px; box-sizing: border-box; max-height: 440px; overflow-y: auto; }
ol { margin: 0; padding: 0; list-style: none; }
li {
  display: grid;
  grid-template-columns: auto 1fr;
  gap: 0 12px;
  padding: 8px 0;
  border-block-start: 1px solid var(--divider-color);
}
li:first-child { border: 0; }
time, .reason { color: var(--secondary-text-color); }
time { min-width: 6em; font-variant-numeric: tabular-nums; }
.what, .reason { unicode-bidi: plaintext; }
.what { color: var(--primary-text-color); font-weight: 500; overflow-wrap: anywhere; }
.reason { grid-column: 2; }
p { margin: 8px 0; color: var(--secondary-text-color); }
`;

class EvLbLogCard extends HTMLElement {
  constructor() {
    super();
    /** @type {{entry_id?: string} | undefined} */
    this.config = undefined;
    /** @type {Hass | undefined} */
    this._hass = undefined;
    /** @type {Live | undefined} */
    this.live = undefined;
    /** @type {Words | undefined} */
    this.words = undefined;
    /** @type {Map<string, ReturnType<typeof row>>} */
    this.rows = new Map();
    this.list = make("ol");
    this.empty = make("p");
    const card = document.createElement("ha-card");
    card.tabIndex = 0;
    card.append(this.list, this.empty);
    this.card = card;
    this.attachShadow({ mode: "open" }).append(make("style", { text: STYLE }), card);
  }

  /**
   * @param {{entry_id?: string}} config
   */
  setConfig(config) {
    this.config = config;
    this.leave();
    this.join();
  }

  /**
   * @param {Hass} hass
   */
  set hass(hass) {
    const before = this._hass;
    this._hass = hass;
    if (before?.language === hass.language && before.connection === hass.connection) return;
    Words.load(hass).then((words) => {
      this.words = words;
      this.update();
    });
    this.leave();
    this.join();
  }

  connectedCallback() {
    this.join();
  }

  disconnectedCallback() {
    this.leave();
  }

  join() {
    if (this.live || !this.isConnected || !this._hass || !this.config) return;
    this.live = new Live(this._hass, this.config.entry_id, () => this.update(), true);
  }

  leave() {
    this.live?.stop();
    this.live = undefined;
  }

  update() {
    const { words } = this;
    const notes = this.live?.document?.log;
    if (!words || !notes) return;
    show(this.card, { role: "region", "aria-label": words.text("log") });
    show(this.empty, { text: words.text("log_empty"), hidden: notes.length > 0 });
    const byKey = new Map(notes.map((note) => [`${note.time_s} ${note.charger_id}`, note]));
    keep(this.list, this.rows, [...byKey.keys()], row);
    for (const [key, note] of byKey) this.describe(key, note, words);
  }

  /**
   * @param {string} key
   * @param {Note} note
   * @param {Words} words
   */
  describe(key, note, words) {
    const shown = this.rows.get(key);
    if (!shown) return;
    const { before_a: before, set_a: now } = note;
    const changed = before !== null && before !== now;
    const from = changed ? `${words.amperes(before)} → ` : "";
    show(shown.time, { text: words.clock(note.time_s) });
    show(shown.what, { text: `${note.name}: ${from}${words.amperes(now)} A` });
    show(shown.reason, { text: `${sentence(note.reason, words.language)}.` });
  }

  getCardSize() {
    return 6;
  }

  getGridOptions() {
    return { columns: 12, min_columns: 6 };
  }
}

/** Return the parts of a row. */
function row() {
  const [time, what, reason] = [make("time"), make("span"), make("span")];
  show(what, { class: "what" });
  show(reason, { class: "reason" });
  return { root: make("li", {}, time, what, reason), time, what, reason };
}

if (!customElements.get(TYPE)) customElements.define(TYPE, EvLbLogCard);
