/** What Home Assistant and the integration hand to the card, as far as it is used. */

import type { Load } from "./status.js";
import type { Words } from "./words.js";

export type Values = Record<string, string | number>;
export type Localize = (key: string, values?: Values) => string;

/** Energies in kWh, and what they cost in the site's currency. */
export interface Amounts {
  energy_kwh: number;
  grid_kwh: number;
  solar_kwh: number;
  battery_kwh: number;
  solar_percent: number | null;
  /** Null where nothing had a price. */
  cost: number | null;
  unpriced_kwh: number;
}

export interface Session extends Amounts {
  charger_id: string;
  charger: string;
  /** In ISO 8601, as all times of a session. */
  started: string | null;
  finished: string;
  duration_s: number | null;
  currency: string;
}

/** One site of the answer of `ev_lb.get_sessions`; the newest is first everywhere. */
export interface SessionSite {
  entry_id: string;
  name: string;
  currency: string;
  months: ({ month: string } & Amounts)[];
  chargers: { charger_id: string; name: string; months: ({ month: string } & Amounts)[] }[];
  sessions: Session[];
}

/** What the actions answer that the card calls. */
export interface Answers {
  get_sessions: { sites: SessionSite[] };
  export_sessions: { csv: string };
}

export interface Connection {
  subscribeMessage<T>(
    callback: (message: T) => void,
    message: object,
    options?: { resubscribe: boolean },
  ): Promise<() => Promise<void>>;
  addEventListener(name: string, listener: () => void): void;
  removeEventListener(name: string, listener: () => void): void;
}

export interface Hass {
  connection: Connection;
  language: string;
  locale: {
    language: string;
    number_format: string;
    time_format?: string;
    time_zone?: string;
  };
  config: { time_zone: string };
  user?: { is_admin: boolean };
  localize: Localize;
  loadBackendTranslation(category: string, integration: string): Promise<Localize>;
  callWS<T>(message: object): Promise<T>;
  callService(domain: string, service: string, data: object): Promise<unknown>;
  entities: Record<
    string,
    | { platform?: string; device_id?: string; hidden?: boolean; translation_key?: string }
    | undefined
  >;
  devices: Record<
    string,
    | {
        config_entries?: string[];
        config_entry_id?: string;
        identifiers?: [string, string][];
        name?: string | null;
        name_by_user?: string | null;
      }
    | undefined
  >;
}

export interface Config {
  type: string;
  /** Which site; the first one where it is missing. */
  entry_id?: string;
  /** Instead of the site's name. */
  title?: string;
  /** Whether modes and switches are shown. */
  controls?: boolean;
  /** How much history is drawn, h; 0 for none. */
  history_hours?: number;
  /** Whether it is shown at once. */
  history_open?: boolean;
}

/** What a switch and a choice of a mode belong to. */
export interface Owner {
  name: string;
  mode: string;
  enabled: boolean;
  entities: Record<string, string>;
}

export interface Site extends Owner {
  state: string | null;
  shadow: boolean;
  has_surplus: boolean;
  metered: string;
  meter_lost: boolean;
  problem: string | null;
  fallback: boolean;
  overload: boolean | null;
  /** Why it is not known that the fuse is safe. */
  doubt: { level: string; key: string; text: string } | null;
  /** What is wrong, and what to do. */
  warnings: { level: string; name: string; text: string; path?: string }[];
}

export interface Cap {
  kind: "import_cap" | "capacity_tariff" | "external_cap";
  power_w: number | null;
  mean_w?: number | null;
  limit_w?: number;
  ends_s?: number | null;
}

export interface Circuit {
  name: string;
  phases: { name: string; limit_a: number; load_a: number | null }[];
}

export interface Phase {
  name: string;
  /** Null where the fuse cannot be read. */
  limit_a: number | null;
  /** Null where the meter is lost. */
  house_a: number | null;
}

export interface Sun {
  solar_w: number | null;
  surplus_w: number | null;
  battery_percent: number | null;
  battery_w: number | null;
}

export interface Plan {
  /** Seconds since the epoch, as all times of a plan. */
  from_s: number;
  until_s: number;
  /** Null where no price is known. */
  currency: string | null;
  prices: [from_s: number, until_s: number, price: number, guessed: boolean][];
  cars: Record<
    string,
    {
      blocks: [from_s: number, until_s: number][];
      ready_s: number;
      energy_kwh: number;
      cost: number | null;
      short_kwh: number | null;
    }
  >;
}

export interface Charger extends Owner {
  state: string;
  phases: string[];
  drawn_a: number[];
  measured: boolean;
  set_a: number;
  max_a: number;
  queue: number;
  energy_kwh: number;
  solar_percent: number | null;
  factor?: string;
  phase?: string | null;
  reason?: string;
  outlook?: string | null;
  since_s?: number;
  next_change_s?: number | null;
  following?: boolean;
}

export interface Note {
  time_s: number;
  charger_id: string;
  name: string;
  before_a: number | null;
  set_a: number;
  reason: string;
}

export interface Document {
  running: boolean;
  site: Site;
  phases: Phase[];
  power: { import_w: number | null; caps: Cap[] } | null;
  circuits: Circuit[];
  sun: Sun | null;
  /** Null where no car is planned for. */
  plan?: Plan | null;
  chargers: Record<string, Charger>;
  sources: {
    left: Record<string, string>;
    cars: Record<string, { entity_id: string | null; phases: string[] }>;
  };
  /** The last decisions that changed something, newest first. */
  log?: Note[];
}

export interface Message extends Partial<Document> {
  now_s?: number;
  speed?: number;
  removed?: boolean;
  changed?: Record<string, Charger>;
}

/** What all parts of the card are drawn from. */
export interface View {
  hass: Hass;
  entryId: string;
  config: Config;
  document: Document;
  words: Words;
  loads: Load[];
  /** Entities that Home Assistant has been asked to set. */
  busy: Set<string | undefined>;
  moreInfo(entityId: string | undefined): void;
  call(domain: string, service: string, data: { entity_id: string | undefined; option?: string }): void;
  /** Return how long the user waits for a time of the site, and let the card count it down. */
  countdown(timeS: number): number;
}
