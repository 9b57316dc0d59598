/** The last hours of a site, which can be folded away. */

import { h } from "./dom.js";

/** @import { Tree } from "./dom.js" */
/** @import { View } from "./types" */

const HISTORY_HOURS = 6;
const LONGEST_REFRESH_MS = 60000;
const SHORTEST_REFRESH_MS = 10000;

/** What folds; it is drawn anew while it is open, when it has become old. */
export class History {
  /** @type {Tree | undefined} */
  charts;
  open = false;
  empty = false;
  busy = false;
  dueMs = 0;
  shown = "";

  /** @param {() => void} tell Called when there is something new to draw. */
  constructor(tell) {
    this.tell = tell;
  }

  /** @param {View} view */
  describe(view) {
    const { config, document, words } = view;
    const hours = Number(config.history_hours ?? HISTORY_HOURS);
    if (!(hours > 0)) return null;
    const wanted = JSON.stringify([hours, document.sources]);
    const due = wanted !== this.shown || performance.now() > this.dueMs;
    if (this.open && due && !this.busy) this.load(view, hours, wanted);
    const open = config.history_open === true;
    const ontoggle = (/** @type {any} */ { target }) => {
      this.open = target.open;
      this.tell();
    };
    return h("div", "history",
      h("details", { open, ontoggle },
        h("summary", {}, words.text("history", { hours: words.number(hours, 0) })),
        this.charts,
        this.empty && h("p", "empty", words.text("history_empty")),
      ),
    );
  }

  /**
   * @param {View} view
   * @param {number} hours
   * @param {string} wanted
   */
  async load(view, hours, wanted) {
    this.busy = true;
    let step = 0;
    try {
      // Who never opens it need not load what draws it.
      const { charts } = await import("../ev-lb-charts.js");
      ({ step, tree: this.charts } = await charts(view, hours));
    } catch {
      // Without a recorder there is nothing to draw; it is asked again later.
    }
    const pause = Math.min(Math.max(step, SHORTEST_REFRESH_MS), LONGEST_REFRESH_MS);
    this.dueMs = performance.now() + pause;
    this.shown = wanted;
    this.empty = !step;
    this.busy = false;
    this.tell();
  }
}
