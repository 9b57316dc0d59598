/** The card `custom:ev-lb-log-card`: what was decided last, and why, in words. */

import { h } from "./card/dom.js";
import { SiteElement } from "./card/element.js";

/** @import { Note } from "./card/types" */
/** @import { Words } from "./card/words.js" */

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

class EvLbLogCard extends SiteElement {
  /** @override */
  log = true;

  /**
   * @override
   * @param {Words} words
   */
  describe(words) {
    const notes = this.live?.document?.log;
    // A charger may be set twice in a second: the oldest note keeps its key.
    const rows = new Map();
    for (const note of [...(notes ?? [])].reverse()) {
      let key = `${note.time_s} ${note.charger_id}`;
      while (rows.has(key)) key += "'";
      rows.set(key, note);
    }
    return [
      h("style", {}, STYLE),
      h(
        "ha-card",
        { role: "region", "aria-label": words.text("log"), tabindex: 0 },
        h("ol", {}, ...[...rows].reverse().map(([key, note]) => row(key, note, words))),
        notes?.length === 0 && h("p", {}, words.text("log_empty")),
      ),
    ];
  }

  getCardSize() {
    return 6;
  }
}

/**
 * @param {string} key
 * @param {Note} note
 * @param {Words} words
 */
function row(key, { name, time_s, before_a: before, set_a: now, reason }, words) {
  const from = before === null || before === now ? "" : `${words.amperes(before)} → `;
  return h(
    "li",
    { key },
    h("time", {}, words.clock(time_s)),
    h("span", "what", `${name}: ${from}${words.amperes(now)} A`),
    h("span", "reason", words.sentence(reason)),
  );
}

if (!customElements.get(TYPE)) customElements.define(TYPE, EvLbLogCard);
