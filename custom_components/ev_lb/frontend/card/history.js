/** The last hours of a site, which can be folded away. */

import { make, show } from "./dom.js";

/** @typedef {import("./charts.js").Charts} Charts */
/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Hass} Hass */
/** @typedef {import("./words.js").Words} Words */

const LONGEST_REFRESH_MS = 60000;
const SHORTEST_REFRESH_MS = 10000;

/** What folds, and when it is drawn anew. */
export class History {
  constructor() {
    this.summary = make("summary");
    this.empty = make("p", { class: "empty" });
    this.details = make("details", {}, this.summary, this.empty);
    this.root = make("div", { class: "history" }, this.details);
    /** @type {Charts | undefined} */
    this.charts = undefined;
    this.dueMs = 0;
    this.drawn = "";
    this.busy = false;
    this.wanted = () => {};
    this.details.addEventListener("toggle", () => this.wanted());
  }

  /**
   * Draw anew when it is open and what it shows has become old.
   *
   * @param {Hass} hass
   * @param {Document} document
   * @param {number} hours
   * @param {Words} words
   */
  update(hass, document, hours, words) {
    show(this.root, { hidden: hours <= 0 });
    show(this.summary, { text: words.text("history", { hours: words.number(hours, 0) }) });
    this.wanted = () => this.update(hass, document, hours, words);
    const view = JSON.stringify([hours, document.sources]);
    const due = view !== this.drawn || performance.now() > this.dueMs;
    if (hours <= 0 || !this.details.open || !due || this.busy) return;
    this.busy = true;
    this.load(hass, document, hours, words)
      .catch(() => 0)
      .then((step) => {
        const pause = Math.min(Math.max(step, SHORTEST_REFRESH_MS), LONGEST_REFRESH_MS);
        this.busy = false;
        this.drawn = view;
        this.dueMs = performance.now() + pause;
        show(this.empty, { text: step ? "" : words.text("history_empty") });
      });
  }

  /**
   * @param {Hass} hass
   * @param {Document} document
   * @param {number} hours
   * @param {Words} words
   */
  async load(hass, document, hours, words) {
    if (!this.charts) {
      // Who never opens it need not load what draws it.
      const { Charts } = await import("./charts.js");
      this.charts = new Charts();
      this.empty.before(this.charts.root);
    }
    return this.charts.draw(hass, document, hours, words);
  }
}
