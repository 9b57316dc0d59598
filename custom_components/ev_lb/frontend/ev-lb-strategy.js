/**
 * A whole page for each site, made of the card and of Home Assistant's own cards: a
 * dashboard strategy, and the view strategy that it uses, `type: custom:ev-lb`.
 */

/** @typedef {import("./card/types.js").Hass} Hass */
/** @typedef {import("./card/types.js").Localize} Localize */
/** @typedef {Record<string, unknown>} Card */

const DOMAIN = "ev_lb";
const HISTORY_HOURS = 3;
/** While Home Assistant starts, it does not know our commands yet. */
const ATTEMPTS = 60;
const RETRY_MS = 1000;
const SITE_SETTINGS = [
  "charging_mode",
  "distribution_mode",
  "service_current",
  "import_limit",
  "allow_grid_charging",
  "shadow_mode",
];
const CHARGER_SETTINGS = ["max_charger_current", "min_ev_current", "priority"];
const SITE_HEALTH = [
  "balancer_state",
  "meter_status",
  "overload",
  "capacity_tariff_mean",
  "capacity_tariff_room",
  "shadow_overload_time",
  "shadow_prevented_time",
  "shadow_energy_change",
];
const CHARGER_HEALTH = ["limiting_factor", "following", "session_energy"];
const HOME_TOYS = ["kettle", "oven", "cloud", "meter_connected", "meter_frozen"];
const CHARGER_TOYS = ["car_plugged_in", "charger_online", "charger_deaf"];
const WIDE = { grid_options: { columns: "full" } };
const RESULTS = ["energy_delivered", "peak_current", "car_overload_time", "car_breaker_trips"];

/** A device of a site, with its entities by what they are. */
class Device {
  /**
   * @param {Hass} hass
   * @param {string} deviceId
   * @param {string} owner
   */
  constructor(hass, deviceId, owner) {
    this.owner = owner;
    const device = hass.devices[deviceId];
    this.name = device?.name_by_user ?? device?.name ?? "";
    /** @type {Map<string, string>} */
    this.entities = new Map();
    for (const [entityId, entity] of Object.entries(hass.entities)) {
      if (entity?.device_id !== deviceId || entity.hidden) continue;
      if (entity.translation_key) this.entities.set(entity.translation_key, entityId);
    }
  }

  /**
   * Return the entities of these keys that there are.
   *
   * @param {string[]} keys
   */
  pick(keys) {
    return keys.flatMap((key) => this.entities.get(key) ?? []);
  }
}

/** A site, with all its devices. */
class Site {
  /**
   * @param {Hass} hass
   * @param {string} entryId
   */
  constructor(hass, entryId) {
    /** @type {Device[]} */
    const devices = [];
    for (const [deviceId, device] of Object.entries(hass.devices)) {
      if (!device?.config_entries?.includes(entryId)) continue;
      const own = device.identifiers?.find(([domain]) => domain === DOMAIN);
      if (own) devices.push(new Device(hass, deviceId, own[1]));
    }
    this.site = devices.find(({ owner }) => owner === entryId);
    this.home = devices.find(({ owner }) => owner === `${entryId}_simulated`);
    this.chargers = devices.filter(({ entities }) => entities.has("current_set"));
    this.hardware = devices.filter(({ entities }) => entities.has("car_plugged_in"));
  }
}

/**
 * @param {string} heading
 * @param {Card[]} cards
 */
function section(heading, cards) {
  return { type: "grid", cards: [{ type: "heading", heading }, ...cards] };
}

/**
 * @param {string} heading
 * @returns {Card}
 */
function subtitle(heading) {
  return { type: "heading", heading, heading_style: "subtitle" };
}

/**
 * Return a card as wide as its section: names are long in some languages.
 *
 * @param {string} entity
 * @returns {Card}
 */
function tile(entity) {
  return { type: "tile", entity, name: { type: "entity" }, ...WIDE };
}

/**
 * Return one card with a row for each entity, and a knob where there is one.
 *
 * @param {string[]} entities
 * @returns {Card}
 */
function rows(entities) {
  const named = entities.map((entity) => ({ entity, name: { type: "entity" } }));
  return { type: "entities", entities: named, show_header_toggle: false, ...WIDE };
}

/**
 * Return the cards that change something, with their means to do so.
 *
 * @param {string} entity
 * @returns {Card}
 */
function control(entity) {
  const domain = entity.split(".")[0];
  const features = {
    select: { type: "select-options" },
    number: { type: "numeric-input", style: "buttons" },
    switch: { type: "toggle" },
  }[domain ?? ""];
  return {
    ...tile(entity),
    features: features ? [features] : [],
    features_position: domain === "switch" ? "inline" : "bottom",
  };
}

/**
 * @param {Device[]} devices
 * @param {string[]} keys
 * @param {(entity: string) => Card} build
 * @returns {Card[]}
 */
function grouped(devices, keys, build) {
  return devices.flatMap((device) => {
    const entities = device.pick(keys);
    return entities.length ? [subtitle(device.name), ...entities.map(build)] : [];
  });
}

/**
 * @param {Site} site
 * @param {(key: string) => string} text
 */
function toys({ home, hardware }, text) {
  if (!home) return [];
  return [
    section(text("try_it"), [
      { type: "markdown", content: text("hint"), text_only: true },
      rows(home.pick(HOME_TOYS)),
      ...hardware.flatMap((device) => [subtitle(device.name), rows(device.pick(CHARGER_TOYS))]),
      subtitle(text("results")),
      rows([home, ...hardware].flatMap((device) => device.pick(RESULTS))),
    ]),
  ];
}

/**
 * Return the page of a site.
 *
 * @param {Hass} hass
 * @param {string} entryId
 * @param {{history_hours?: number}} options
 */
async function page(hass, entryId, options) {
  const localize = await patiently(() => hass.loadBackendTranslation("selector", DOMAIN));
  const text = (/** @type {string} */ key) =>
    localize(`component.${DOMAIN}.selector.dashboard.options.${key}`);
  const site = new Site(hass, entryId);
  const own = site.site ? [site.site] : [];
  const card = {
    type: "custom:ev-lb-card",
    entry_id: entryId,
    history_hours: options.history_hours ?? HISTORY_HOURS,
    history_open: true,
    ...WIDE,
  };
  const log = { type: "custom:ev-lb-log-card", entry_id: entryId, ...WIDE };
  return {
    type: "sections",
    max_columns: 4,
    sections: [
      { type: "grid", cards: [card] },
      section(text("why"), [
        log,
        subtitle(text("diagnostics")),
        ...own.flatMap((device) => device.pick(SITE_HEALTH)).map(tile),
        ...grouped(site.chargers, CHARGER_HEALTH, tile),
      ]),
      ...toys(site, text),
      section(text("controls"), [
        ...own.flatMap((device) => device.pick(SITE_SETTINGS)).map(control),
        ...grouped(site.chargers, CHARGER_SETTINGS, control),
      ]),
    ],
  };
}

/** The page of one site; of the first one where none is named. */
class ViewStrategy extends HTMLElement {
  /**
   * @param {{entry_id?: string, history_hours?: number}} config
   * @param {Hass} hass
   */
  static async generate(config, hass) {
    const entryId = config.entry_id ?? (await sites(hass))[0]?.entry_id ?? "";
    return page(hass, entryId, config);
  }
}

/** A dashboard with a page for each site. */
class DashboardStrategy extends HTMLElement {
  /**
   * @param {{entry_id?: string}} config
   * @param {Hass} hass
   */
  static async generate(config, hass) {
    const { entry_id: only, ...options } = config;
    const wanted = (await sites(hass)).filter((site) => !only || site.entry_id === only);
    return {
      views: wanted.map(({ entry_id, name }) => ({
        title: name,
        path: entry_id.toLowerCase(),
        strategy: { ...options, type: "custom:ev-lb", entry_id },
      })),
    };
  }

  static getCreateSuggestions() {
    return { title: "EV Load Balancer", icon: "mdi:ev-station" };
  }
}

/**
 * Ask until Home Assistant has started; say in words what is wrong if that does not help.
 *
 * @template T
 * @param {() => Promise<T>} ask
 * @returns {Promise<T>}
 */
async function patiently(ask) {
  for (let left = ATTEMPTS; ; left--) {
    try {
      return await ask();
    } catch (error) {
      const { message } = /** @type {{message?: string}} */ (error ?? {});
      // What a connection rejects with is no error that a page could show.
      if (!left) throw new Error(message ?? String(error));
      await new Promise((done) => setTimeout(done, RETRY_MS));
    }
  }
}

/**
 * @param {Hass} hass
 * @returns {Promise<{entry_id: string, name: string}[]>}
 */
function sites(hass) {
  return patiently(() => hass.callWS({ type: `${DOMAIN}/sites` }));
}

const TAGS = {
  "ll-strategy-dashboard-ev-lb": DashboardStrategy,
  "ll-strategy-view-ev-lb": ViewStrategy,
};
for (const [tag, strategy] of Object.entries(TAGS)) {
  if (!customElements.get(tag)) customElements.define(tag, strategy);
}

const listed = /** @type {{customStrategies?: object[]}} */ (/** @type {unknown} */ (window));
listed.customStrategies ??= [];
listed.customStrategies.push({
  type: "ev-lb",
  strategyType: "dashboard",
  name: "EV Load Balancer",
  description: "A page for each site: what is going on, why, and all controls.",
});
