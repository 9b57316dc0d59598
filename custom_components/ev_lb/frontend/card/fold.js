/** A section which can be folded away; nothing of it is loaded until it is opened. */

import { h } from "./dom.js";

/** @import { Tree } from "./dom.js" */
/** @import { View } from "./types" */

const LONGEST_REFRESH_MS = 60000;
const SHORTEST_REFRESH_MS = 10000;

/**
 * What is in a section: how it is drawn, or the text that says why it is empty, and for
 * how long it is good, ms.
 * @typedef {{draw?: (view: View) => Tree | undefined, empty?: string, lastsMs?: number}} Content
 */

/** What folds; it is loaded anew while it is open, when it has become old. */
export class Fold {
  /** @type {Content} */
  content = {};
  open = false;
  busy = false;
  dueMs = 0;
  shown = "";

  /** @param {() => void} tell Called when there is something new to draw. */
  constructor(tell) {
    this.tell = tell;
  }

  /**
   * @param {View} view
   * @param {string} title
   * @param {string} wanted What is shown; another text asks for another content.
   * @param {() => Promise<Content>} load
   * @param {boolean} [open] Whether it is open from the start.
   */
  describe(view, title, wanted, load, open = false) {
    const due = wanted !== this.shown || performance.now() > this.dueMs;
    if (this.open && due && !this.busy) this.load(wanted, load);
    const ontoggle = (/** @type {any} */ { target }) => {
      this.open = target.open;
      this.tell();
    };
    const { draw, empty } = this.content;
    return h("div", "fold",
      h("details", { open, ontoggle },
        h("summary", {}, title),
        draw?.(view),
        empty !== undefined && h("p", "empty", view.words.text(empty)),
      ),
    );
  }

  /**
   * @param {string} wanted
   * @param {() => Promise<Content>} load
   */
  async load(wanted, load) {
    this.busy = true;
    this.content = await load();
    const { lastsMs = 0 } = this.content;
    const pause = Math.min(Math.max(lastsMs, SHORTEST_REFRESH_MS), LONGEST_REFRESH_MS);
    this.dueMs = performance.now() + pause;
    this.shown = wanted;
    this.busy = false;
    this.tell();
  }
}
