/** Draws the plan: prices as bars over time, and when each car is to charge.
 * It is loaded with the first plan. */

import { h } from "./card/dom.js";
import { carColor } from "./card/status.js";

/** @import { Plan, View } from "./card/types" */
/** @import { Words } from "./card/words.js" */

const MINUTE_S = 60;
const HEIGHT = 100;

const STYLE = `
.plan { display: grid; gap: 8px; padding-block-start: 14px; border-block-start: var(--line); }
.plan .heading { font-weight: 500; }
.plan .prices { height: 56px; }
.area.price { fill: var(--house); }
.area.guessed { fill: var(--house); opacity: 0.4; }
.zero-line { stroke: var(--quiet); stroke-width: 1px; vector-effect: non-scaling-stroke; }
.lane { display: grid; gap: 2px; }
.lane .track { height: 12px; direction: ltr; }
.lane .flag { inline-size: 3px; margin-inline-start: -3px; background: var(--primary-text-color); }
.lane .line { flex-wrap: wrap; gap: 0 10px; }
.lane .name { flex: none; max-width: 100%; font-weight: 500; }
.lane .short { color: var(--bad); font-weight: 500; }
`;

/**
 * @param {Words} words
 * @param {number} timeS
 */
const hour = (words, timeS) =>
  new Date(timeS * 1000).toLocaleTimeString(words.language, {
    ...words.clockOptions,
    hour: "2-digit",
    minute: "2-digit",
  });

/**
 * Describe the prices; those that are guessed are paler.
 * @param {Plan} plan
 * @param {Words} words
 */
function priceChart({ from_s, until_s, currency, prices }, words) {
  if (currency === null || !prices.length) return null;
  const amounts = prices.map(([, , amount]) => amount);
  const [low, high] = [Math.min(0, ...amounts), Math.max(0, ...amounts)];
  const y = (/** @type {number} */ amount) =>
    (((high - amount) * HEIGHT) / (high - low || 1)).toFixed(2);
  const x = (/** @type {number} */ timeS) =>
    (Math.min(Math.max(timeS, from_s), until_s) - from_s) / MINUTE_S;
  const bars = (/** @type {boolean} */ wanted) =>
    prices
      .filter(([, , , guessed]) => guessed === wanted)
      .map(([start, end, amount]) => `M${x(start)},${y(0)}V${y(amount)}H${x(end)}V${y(0)}z`)
      .join("");
  const width = x(until_s);
  const range = [Math.min(...amounts), Math.max(...amounts)]
    .map((amount) => words.money(currency, amount))
    .join(" – ");
  const svg = {
    class: "chart",
    preserveAspectRatio: "none",
    role: "img",
    viewBox: `0 0 ${width} ${HEIGHT}`,
    "aria-label": words.text("plan_prices", { prices: range }),
  };
  const guessed = bars(true);
  return [
    h("div", "heading", words.text("plan_prices", { prices: range })),
    h("div", "track prices",
      h("svg", svg,
        h("path", { class: "area price", d: bars(false) }),
        h("path", { class: "area guessed", d: guessed }),
        h("line", { class: "zero-line", x2: width, y1: y(0), y2: y(0) }),
      ),
    ),
    guessed !== "" && h("div", "times", h("span", {}, words.text("plan_guessed"))),
  ];
}

/**
 * Describe when one car charges.
 * @param {View} view
 * @param {Plan} plan
 * @param {string} id
 */
function lane({ document, words, moreInfo }, plan, id) {
  const car = plan.cars[id];
  const charger = document.chargers[id];
  if (!car || !charger) return null;
  const span = plan.until_s - plan.from_s || 1;
  const share = (/** @type {number} */ timeS) =>
    `${((100 * (timeS - plan.from_s)) / span).toFixed(2)}%`;
  const place = Object.keys(document.chargers).indexOf(id);
  const blocks = car.blocks.map(([start, end], row) => {
    const from = Math.max(start, plan.from_s);
    const size = `${((100 * Math.max(0, end - from)) / span).toFixed(2)}%`;
    const where = { "--from": share(from), "--size": size, "--color": carColor(place) };
    return h("div", { key: row, class: "segment car", ...where });
  });
  const flag = car.ready_s <= plan.until_s;
  const times = car.blocks.map(
    ([start, end]) => `${hour(words, start)}–${hour(words, end)}`,
  );
  const facts = [
    times.join(", ") || words.text("plan_none"),
    car.blocks.length > 0 && `${words.number(car.energy_kwh)} kWh`,
    car.blocks.length > 0 && plan.currency !== null && car.cost !== null &&
      words.money(plan.currency, car.cost),
    flag && words.text("plan_ready", { time: hour(words, car.ready_s) }),
  ].filter(Boolean);
  const short = car.short_kwh ?? 0;
  const onclick = () => moreInfo(charger.entities.departure);
  return h("div", { key: id, class: "lane" },
    h("div", { class: "track", "aria-hidden": "true" },
      ...blocks,
      flag && h("div", { key: "flag", class: "segment flag", "--from": share(car.ready_s) }),
    ),
    h("div", "line",
      h("button", { class: "name", type: "button", onclick }, charger.name),
      h("span", "next", facts.join(" · ")),
      short > 0 && h("span", "short", words.text("plan_short", { energy: words.number(short) })),
    ),
  );
}

/**
 * Describe the plan of all cars.
 * @param {View} view
 */
export function plan(view) {
  const { document, words } = view;
  const found = document.plan;
  if (!found) return null;
  const lanes = Object.keys(found.cars).map((id) => lane(view, found, id));
  const ends = [found.from_s, found.until_s].map((time) => h("span", {}, hour(words, time)));
  const group = { class: "plan", role: "group", "aria-label": words.text("plan") };
  return h("div", group,
    h("style", {}, STYLE),
    ...(priceChart(found, words) ?? [h("div", "heading", words.text("plan"))]),
    ...lanes,
    h("div", { class: "times", "aria-hidden": "true" }, ...ends),
  );
}
