/** What the cars had and what it cost, which can be folded away. */

/** @import { Content, Fold } from "./fold.js" */
/** @import { View } from "./types" */

const LASTS_MS = 60000;

/**
 * @param {Fold} fold
 * @param {View} view
 */
export function sessions(fold, view) {
  const { entryId, words } = view;
  const load = () => loaded(view, fold);
  return fold.describe(view, words.text("sessions"), entryId, load);
}

/**
 * @param {View} view
 * @param {Fold} fold
 * @returns {Promise<Content>}
 */
async function loaded({ entryId, hass }, { tell, content }) {
  try {
    // Who never opens it need not load what draws it.
    const { answer, sessionList } = await import("../ev-lb-sessions.js");
    const { sites } = await answer(hass, "get_sessions", entryId);
    const [site] = sites;
    if (!site?.chargers.length) return { empty: "sessions_empty" };
    return { draw: (view) => sessionList(view, site, tell), lastsMs: LASTS_MS };
  } catch {
    // What is known stays; it is asked again soon.
    return { draw: content.draw, empty: "sessions_failed" };
  }
}
