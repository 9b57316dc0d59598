/** The last hours of a site, which can be folded away. */

/** @import { Content, Fold } from "./fold.js" */
/** @import { View } from "./types" */

const HISTORY_HOURS = 6;

/**
 * @param {Fold} fold
 * @param {View} view
 */
export function history(fold, view) {
  const { config, document, words } = view;
  const hours = Number(config.history_hours ?? HISTORY_HOURS);
  if (!(hours > 0)) return null;
  const title = words.text("history", { hours: words.number(hours, 0) });
  const wanted = JSON.stringify([hours, document.sources]);
  const load = () => loaded(view, hours, fold.content);
  return fold.describe(view, title, wanted, load, config.history_open === true);
}

/**
 * @param {View} view
 * @param {number} hours
 * @param {Content} before
 * @returns {Promise<Content>}
 */
async function loaded(view, hours, before) {
  let { draw } = before;
  let step = 0;
  try {
    // Who never opens it need not load what draws it.
    const { charts } = await import("../ev-lb-charts.js");
    const found = await charts(view, hours);
    step = found.step;
    draw = () => found.tree;
  } catch {
    // Without a recorder there is nothing to draw; it is asked again later.
  }
  return { draw, empty: step ? undefined : "history_empty", lastsMs: step };
}
