/** How the card looks: with the colours and sizes of Home Assistant's theme. */

export const STYLE = `
:host {
  --house: var(--ev-lb-house, var(--blue-grey-color));
  --sun: var(--ev-lb-sun, var(--energy-solar-color));
  --car-1: var(--ev-lb-car-1, var(--teal-color));
  --car-2: var(--ev-lb-car-2, var(--purple-color));
  --car-3: var(--ev-lb-car-3, var(--indigo-color));
  --car-4: var(--ev-lb-car-4, var(--pink-color));
  --car-5: var(--ev-lb-car-5, var(--brown-color));
  --car-6: var(--ev-lb-car-6, var(--cyan-color));
  --ok: var(--success-color);
  --warn: var(--warning-color);
  --bad: var(--error-color);
  --watch: var(--info-color);
  --off: var(--disabled-text-color);
  --quiet: var(--secondary-text-color);
  --faint: color-mix(in srgb, var(--primary-text-color) 9%, transparent);
  --surplus: color-mix(in srgb, var(--sun) 55%, transparent);
  --line: 1px solid var(--divider-color);
  display: block;
  container-type: inline-size;
}
ha-card {
  display: flex; flex-direction: column; gap: 16px; padding: 16px; box-sizing: border-box;
  color: var(--primary-text-color); font-size: 14px; line-height: 1.4;
}
button, select { font: inherit; color: inherit; cursor: pointer; }
:focus-visible { outline: 2px solid var(--primary-color); outline-offset: 2px; }
/* Texts may be in another language than the page, and "5.3 A" is never "A 5.3". */
.bar-figures, .pill, .notice span, .now, .allowed, .reason, .next, .why, .chip, .fact b,
.notes li { unicode-bidi: plaintext; text-align: match-parent; }
.why, .notice { text-wrap: pretty; }
.bar-figures, .now, .allowed, .next, .chip, .fact b { font-variant-numeric: tabular-nums; }
.state, .allowed, .next, .notes, .legend, .times, .empty, summary, .fact .label, .icon {
  color: var(--quiet);
}
.legend, .times, .chip { font-size: 12px; }
.title, .name {
  min-width: 0; padding: 0; border: 0; border-radius: 4px; background: none;
  text-align: start; overflow-wrap: anywhere;
}
.header, .footer { display: flex; flex-wrap: wrap; align-items: center; gap: 8px 12px; }
.title { flex: 1 1 auto; font-size: 1.35em; line-height: 1.3; }
.pill {
  display: inline-flex; align-items: center; gap: 8px; padding: 4px 12px 4px 10px;
  border-radius: 16px; background: color-mix(in srgb, var(--level) 16%, transparent);
  font-weight: 500;
}
.pill::before {
  content: ""; flex: none; width: 10px; height: 10px; border-radius: 50%;
  background: var(--level);
}
.notices, .bars, .circuits, .caps { display: grid; gap: 8px; }
.notices:empty, .chips:empty { display: none; }
.notice {
  display: flex; gap: 12px; align-items: center; padding: 10px 12px; border-radius: 8px;
  border-inline-start: 4px solid var(--level);
  background: color-mix(in srgb, var(--level) 14%, transparent);
}
.notice a { flex: none; margin-inline-start: auto; color: inherit; font-weight: 500; }
.notice .icon { color: var(--level); flex: none; }
.icon { --mdc-icon-size: 22px; }
.bar {
  display: grid; grid-template-columns: minmax(1.6em, auto) 1fr auto; align-items: center;
  gap: 10px;
}
.bar.circuit, .bar.power { grid-template: auto 8px / 1fr auto; gap: 2px 10px; }
:is(.circuit, .power) .bar-name { font-weight: 400; }
:is(.circuit, .power) .track { grid-area: 2 / 1 / 3 / 3; height: 8px; order: 1; }
.bar-name { font-weight: 500; }
.bar-figures { min-width: 6.4em; text-align: end; white-space: nowrap; }
.track {
  position: relative; height: 22px; overflow: hidden; border-radius: 6px;
  background: var(--faint);
}
.segment {
  position: absolute; inset-block: 0; inset-inline-start: var(--from);
  inline-size: var(--size); background: var(--color, var(--house));
  transition: inset-inline-start 0.4s ease, inline-size 0.4s ease;
}
.segment:is(.house, .sun, .car, .import) {
  box-shadow: 0 0 0 1px var(--card-background-color);
}
.segment.sun, .swatch.sun { background: var(--surplus); }
.segment.over {
  background: repeating-linear-gradient(-45deg, var(--bad) 0 6px,
    color-mix(in srgb, var(--bad) 55%, white) 6px 9px);
}
.segment.unknown {
  background: repeating-linear-gradient(-45deg, transparent 0 5px,
    color-mix(in srgb, var(--primary-text-color) 22%, transparent) 5px 7px);
}
.exports .segment.car { inset-block: 5px; }
.segment.zero { inline-size: 2px; margin-inline-start: -1px; background: var(--primary-text-color); }
.segment.limit { inline-size: 3px; margin-inline-start: -3px; background: var(--bad); }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin-block-start: 8px; }
.key, .fact { display: inline-flex; align-items: center; gap: 6px; }
.swatch { width: 10px; height: 10px; border-radius: 3px; background: var(--color, var(--house)); }
.swatch.free { background: color-mix(in srgb, var(--primary-text-color) 12%, transparent); }
.notes { margin: 0; padding: 0; list-style: none; }
.facts { display: flex; flex-wrap: wrap; gap: 4px 20px; }
.fact b, .name, .footer .label { font-weight: 500; }
.chargers { display: grid; }
.charger { display: grid; gap: 6px; padding-block: 14px; border-block-start: var(--line); }
.charger:last-child { padding-block-end: 0; }
.line { display: flex; align-items: center; gap: 12px; }
.line.low { flex-wrap: wrap; justify-content: space-between; gap: 8px 12px; }
.badge {
  display: grid; place-items: center; flex: none; width: 40px; height: 40px;
  border-radius: 50%; background: color-mix(in srgb, var(--tint, var(--off)) 20%, transparent);
}
:is(.charging, .ready, .waiting) .badge { --tint: var(--color); }
:is(.unavailable, .faulted) .badge { --tint: var(--bad); }
.charging .badge .icon { color: var(--color); }
.who { display: grid; justify-items: start; flex: 1; min-width: 0; }
.amps { display: grid; justify-items: end; text-align: end; }
.now { font-size: 1.45em; line-height: 1.2; }
.why { margin: 0; min-height: 1.4em; }
.chips { display: flex; flex-wrap: wrap; gap: 6px; }
.chip { padding: 2px 10px; border-radius: 12px; background: var(--faint); }
.chip.sunny { background: color-mix(in srgb, var(--sun) 22%, transparent); }
.controls {
  display: flex; align-items: center; gap: 12px; margin-inline-start: auto;
  transition: opacity 0.2s;
}
.controls.busy { opacity: 0.55; }
.mode {
  min-height: 36px; max-width: 100%; padding: 4px 8px; border-radius: 8px;
  border: 1px solid var(--outline-color, var(--divider-color));
  background: var(--card-background-color, transparent);
}
.switch {
  position: relative; flex: none; width: 44px; height: 26px; padding: 0; border: 0;
  border-radius: 13px; transition: background 0.2s;
  background: color-mix(in srgb, var(--primary-text-color) 38%, transparent);
}
.switch::before { content: ""; position: absolute; inset: -9px -4px; }
.switch::after {
  content: ""; position: absolute; inset-block-start: 3px; inset-inline-start: 3px;
  width: 20px; height: 20px; border-radius: 50%;
  background: var(--card-background-color); transition: inset-inline-start 0.2s;
}
.switch[aria-checked="true"] { background: var(--primary-color); }
.switch[aria-checked="true"]::after { inset-inline-start: 21px; }
.fold { border-block-start: var(--line); }
summary { padding-block: 12px 0; border-radius: 4px; cursor: pointer; }
.fold .bars { margin-block-start: 10px; }
.bar.past { align-items: end; }
.past .track { height: 64px; }
/* Time runs to the right in every language: that is how charts are read. */
.chart { display: block; width: 100%; height: 100%; direction: ltr; }
.area { fill: var(--color, var(--house)); shape-rendering: crispEdges; }
.limit-line { stroke: var(--bad); stroke-width: 2px; vector-effect: non-scaling-stroke; }
.times { display: flex; justify-content: space-between; direction: ltr; }
.empty { margin: 4px 0 0; }
.footer { padding-block-start: 14px; border-block-start: var(--line); }
.footer .label { flex: 1 1 auto; }
.stale > :not(.header, .notices) { opacity: 0.5; }
.announcer {
  position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%);
  white-space: nowrap;
}
@container (max-width: 380px) {
  ha-card { padding: 12px; gap: 12px; }
  .bar.phase { grid-template-columns: 1fr auto; gap: 2px 10px; }
  .bar-figures { min-width: 0; }
  .phase .track { grid-area: 2 / 1 / 3 / 3; order: 1; }
  .controls { flex: 1; justify-content: space-between; }
}
@media (prefers-reduced-motion: reduce) { * { transition: none !important; } }
`;
