/** How the card looks: with the colours and sizes of Home Assistant's theme. */

export const STYLE = `
:host {
  --house: var(--ev-lb-house, var(--blue-grey-color, #607d8b));
  --sun: var(--ev-lb-sun, var(--energy-solar-color, #ff9800));
  --car-1: var(--ev-lb-car-1, var(--teal-color, #009688));
  --car-2: var(--ev-lb-car-2, var(--purple-color, #926bc7));
  --car-3: var(--ev-lb-car-3, var(--indigo-color, #3f51b5));
  --car-4: var(--ev-lb-car-4, var(--pink-color, #e91e63));
  --car-5: var(--ev-lb-car-5, var(--brown-color, #795548));
  --car-6: var(--ev-lb-car-6, var(--cyan-color, #00bcd4));
  --ok: var(--success-color, #43a047); --full: var(--warning-color, #ffa600);
  --bad: var(--error-color, #db4437); --watch: var(--info-color, #039be5);
  --off: var(--disabled-text-color, #bdbdbd); display: block; container-type: inline-size;
}
[hidden] { display: none !important; }
ha-card {
  display: flex; flex-direction: column; gap: 16px; padding: 16px; box-sizing: border-box;
  color: var(--primary-text-color); font-size: 14px; line-height: 1.4;
}
button, select { font: inherit; color: inherit; }
/* Texts may be in another language than the page, and "5.3 A" is never "A 5.3". */
.bar-figures, .pill, .notice span, .now, .allowed, .why, .chip, .fact b, .notes li {
  unicode-bidi: plaintext;
  text-align: match-parent;
}
.why, .notice { text-wrap: pretty; }
button:focus-visible, select:focus-visible, summary:focus-visible {
  outline: 2px solid var(--primary-color); outline-offset: 2px;
}
.header { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.header .title {
  flex: 1 1 auto; min-width: 0; padding: 0; border: 0; background: none; text-align: start;
  font-size: 1.35em; line-height: 1.3; cursor: pointer; overflow-wrap: anywhere;
  border-radius: 4px;
}
.pill {
  display: inline-flex; align-items: center; gap: 8px; padding: 4px 12px 4px 10px;
  border-radius: 16px; background: color-mix(in srgb, var(--level) 16%, transparent);
  font-weight: 500;
}
.pill::before {
  content: ""; width: 10px; height: 10px; border-radius: 50%; background: var(--level);
}
.notice {
  display: flex; gap: 12px; align-items: center; padding: 10px 12px; border-radius: 8px;
  border-inline-start: 4px solid var(--level);
  background: color-mix(in srgb, var(--level) 14%, transparent);
}
.notice .icon { color: var(--level); flex: none; }
.notices { display: grid; gap: 8px; }
.notices:empty, .empty:empty { display: none; }
.empty { color: var(--secondary-text-color); }
.bars, .circuits, .caps { display: grid; gap: 8px; }
.bar {
  display: grid; grid-template-columns: minmax(1.6em, auto) 1fr auto; align-items: center;
  gap: 10px;
}
.bar.circuit, .bar.power { grid-template-columns: 1fr auto; gap: 2px 10px; }
.bar.circuit .bar-name, .bar.power .bar-name { grid-area: 1 / 1; font-weight: 400; }
.bar.circuit .bar-figures, .bar.power .bar-figures { grid-area: 1 / 2; }
.bar.circuit .track, .bar.power .track { grid-area: 2 / 1 / 3 / 3; height: 8px; }
.bar-name { font-weight: 500; }
.bar-figures, .now, .allowed, .reason, .next, .chip { unicode-bidi: plaintext; }
.bar-figures {
  min-width: 6.4em; text-align: end; font-variant-numeric: tabular-nums; white-space: nowrap;
}
.track {
  position: relative; height: 22px; overflow: hidden; border-radius: 6px;
  background: color-mix(in srgb, var(--primary-text-color) 9%, transparent);
}
.segment {
  position: absolute; inset-block: 0; inset-inline-start: var(--from); inline-size: var(--size);
  background: var(--color, var(--house));
  box-shadow: 0 0 0 1px var(--card-background-color, #fff);
  transition: inset-inline-start 0.4s ease, inline-size 0.4s ease;
}
.segment.sun { background: color-mix(in srgb, var(--sun) 55%, transparent); }
.segment.import { background: var(--house); }
.segment.over {
  background: repeating-linear-gradient( -45deg, var(--bad) 0 6px, color-mix(in srgb, var(--bad) 55%, white) 6px 9px );
  box-shadow: none;
}
.exports .segment.car { inset-block: 5px; }
.segment.zero {
  inline-size: 2px; margin-inline-start: -1px; background: var(--primary-text-color);
  box-shadow: none;
}
.segment.unknown {
  background: repeating-linear-gradient( -45deg, transparent 0 5px, color-mix(in srgb, var(--primary-text-color) 22%, transparent) 5px 7px );
  box-shadow: none;
}
.segment.limit {
  inline-size: 3px; margin-inline-start: -3px; background: var(--bad); box-shadow: none;
}
.legend {
  display: flex; flex-wrap: wrap; gap: 2px 16px; margin-block-start: 8px;
  color: var(--secondary-text-color); font-size: 12px;
}
.key { display: inline-flex; align-items: center; gap: 6px; }
.swatch {
  width: 10px; height: 10px; border-radius: 3px; background: var(--color, var(--house));
}
.swatch.sun { background: color-mix(in srgb, var(--sun) 55%, transparent); }
.swatch.free { background: color-mix(in srgb, var(--primary-text-color) 12%, transparent); }
.notes { margin: 0; padding: 0; list-style: none; color: var(--secondary-text-color); }
.sun { display: flex; flex-wrap: wrap; gap: 4px 20px; }
.fact { display: inline-flex; align-items: center; gap: 6px; }
.fact .label { color: var(--secondary-text-color); }
.fact b { font-weight: 500; font-variant-numeric: tabular-nums; }
.icon { --mdc-icon-size: 22px; color: var(--secondary-text-color); }
.chargers { display: grid; }
.charger {
  display: grid; gap: 6px; padding-block: 14px;
  border-block-start: 1px solid var(--divider-color);
}
.chargers .charger:last-child { padding-block-end: 0; }
.line { display: flex; align-items: center; gap: 12px; }
.line.low { flex-wrap: wrap; justify-content: space-between; gap: 8px 12px; }
.badge {
  display: grid; place-items: center; flex: none; width: 40px; height: 40px; border-radius: 50%;
  background: color-mix(in srgb, var(--off) 24%, transparent);
}
.charging .badge, .ready .badge, .waiting .badge {
  background: color-mix(in srgb, var(--color) 20%, transparent);
}
.charging .badge .icon { color: var(--color); }
.unavailable .badge, .faulted .badge {
  background: color-mix(in srgb, var(--bad) 20%, transparent);
}
.who { display: grid; flex: 1; min-width: 0; }
.name {
  justify-self: start; max-width: 100%; padding: 0; border: 0; border-radius: 4px;
  background: none; text-align: start; font-weight: 500; overflow-wrap: anywhere;
  cursor: pointer;
}
.state, .allowed { color: var(--secondary-text-color); }
.amps { display: grid; justify-items: end; text-align: end; }
.now { font-size: 1.45em; line-height: 1.2; font-variant-numeric: tabular-nums; }
.allowed { font-variant-numeric: tabular-nums; }
.why { margin: 0; min-height: 1.4em; }
.next { color: var(--secondary-text-color); font-variant-numeric: tabular-nums; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; }
.chip {
  padding: 2px 10px; border-radius: 12px;
  background: color-mix(in srgb, var(--primary-text-color) 8%, transparent); font-size: 12px;
  font-variant-numeric: tabular-nums;
}
.chip.sunny { background: color-mix(in srgb, var(--sun) 22%, transparent); }
.controls {
  display: flex; align-items: center; gap: 12px; margin-inline-start: auto;
  transition: opacity 0.2s;
}
.controls.busy { opacity: 0.55; }
.mode {
  min-height: 36px; max-width: 100%; padding: 4px 8px;
  border: 1px solid var(--outline-color, var(--divider-color)); border-radius: 8px;
  background: var(--card-background-color, transparent); cursor: pointer;
}
.switch {
  position: relative; flex: none; width: 44px; height: 26px; padding: 0; border: 0;
  border-radius: 13px;
  background: color-mix(in srgb, var(--primary-text-color) 38%, transparent); cursor: pointer;
  transition: background 0.2s;
}
.switch::before { content: ""; position: absolute; inset: -9px -4px; }
.switch::after {
  content: ""; position: absolute; inset-block-start: 3px; inset-inline-start: 3px; width: 20px;
  height: 20px; border-radius: 50%; background: var(--card-background-color, #fff);
  transition: inset-inline-start 0.2s;
}
.switch[aria-checked="true"] { background: var(--primary-color); }
.switch[aria-checked="true"]::after { inset-inline-start: 21px; }
.history { border-block-start: 1px solid var(--divider-color); }
.history summary {
  padding-block: 12px 0; border-radius: 4px; color: var(--secondary-text-color);
  cursor: pointer;
}
.history .bars { margin-block-start: 10px; }
.bar.past { align-items: end; }
.past .track { height: 64px; }
/* Time runs to the right in every language: that is how charts are read. */
.chart { display: block; width: 100%; height: 100%; direction: ltr; }
.area { fill: var(--color, var(--house)); }
.limit-line { stroke: var(--bad); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.times {
  display: flex; justify-content: space-between; direction: ltr;
  color: var(--secondary-text-color); font-size: 12px;
}
.history .empty { margin: 4px 0 0; }
.footer {
  display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; padding-block-start: 14px;
  border-block-start: 1px solid var(--divider-color);
}
.footer .label { flex: 1 1 auto; font-weight: 500; }
.absent { display: none !important; }
.stale > :not(.header):not(.notices) { opacity: 0.5; }
.announcer {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
@container (max-width: 380px) {
  ha-card { padding: 12px; gap: 12px; }
  .bar.phase { grid-template-columns: 1fr auto; gap: 2px 10px; }
  .bar.phase .bar-name { grid-area: 1 / 1; }
  .bar.phase .bar-figures { grid-area: 1 / 2; }
  .bar.phase .track { grid-area: 2 / 1 / 3 / 3; }
  .controls { flex: 1; justify-content: space-between; }
}
@media (prefers-reduced-motion: reduce) {
  .segment, .switch, .switch::after, .controls { transition: none; }
}
`;
