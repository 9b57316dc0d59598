/**
 * What Home Assistant and the integration hand to the card, as far as it is used.
 *
 * @typedef {(key: string, values?: Record<string, string | number>) => string} Localize
 *
 * @typedef {object} Connection
 * @property {<T>(callback: (message: T) => void, message: object,
 *   options?: {resubscribe: boolean}) => Promise<() => Promise<void>>} subscribeMessage
 * @property {(name: string, listener: () => void) => void} addEventListener
 * @property {(name: string, listener: () => void) => void} removeEventListener
 *
 * @typedef {object} Hass
 * @property {Connection} connection
 * @property {string} language
 * @property {{language: string, number_format: string, time_format?: string,
 *   time_zone?: string}} locale
 * @property {{time_zone: string}} config
 * @property {Localize} localize
 * @property {(category: string, integration: string) => Promise<Localize>}
 *   loadBackendTranslation
 * @property {<T>(message: object) => Promise<T>} callWS
 * @property {(domain: string, service: string, data: object) => Promise<unknown>}
 *   callService
 * @property {Record<string, {state: string,
 *   attributes: {unit_of_measurement?: string}} | undefined>} states
 * @property {Record<string, {platform?: string, device_id?: string, hidden?: boolean,
 *   translation_key?: string} | undefined>} entities
 * @property {Record<string, {config_entries?: string[], config_entry_id?: string,
 *   identifiers?: [string, string][], name?: string | null,
 *   name_by_user?: string | null} | undefined>} devices
 *
 * @typedef {object} Config
 * @property {string} type
 * @property {string} [entry_id] Which site; the first one where it is missing.
 * @property {string} [title] Instead of the site's name.
 * @property {boolean} [controls] Whether modes and switches are shown.
 * @property {number} [history_hours] How much history is drawn, h; 0 for none.
 * @property {boolean} [history_open] Whether it is shown at once.
 *
 * @typedef {object} Site
 * @property {string} name
 * @property {string | null} state
 * @property {boolean} enabled
 * @property {boolean} shadow
 * @property {string} mode
 * @property {boolean} has_surplus
 * @property {string} metered
 * @property {boolean} meter_lost
 * @property {string | null} problem
 * @property {boolean} fallback
 * @property {boolean} overload
 * @property {Record<string, string>} entities
 *
 * @typedef {{name: string, limit_a: number, house_a: number | null}} Phase
 *
 * @typedef {object} Cap
 * @property {"import_cap" | "capacity_tariff" | "external_cap"} kind
 * @property {number | null} power_w
 * @property {number | null} [mean_w]
 * @property {number} [limit_w]
 * @property {number | null} [ends_s]
 *
 * @typedef {{name: string, phases: {name: string, limit_a: number,
 *   load_a: number | null}[]}} Circuit
 *
 * @typedef {object} Sun
 * @property {number | null} solar_w
 * @property {number | null} surplus_w
 * @property {number | null} battery_percent
 * @property {number | null} battery_w
 *
 * @typedef {object} Charger
 * @property {string} name
 * @property {string} state
 * @property {string[]} phases
 * @property {number[]} drawn_a
 * @property {boolean} measured
 * @property {number} set_a
 * @property {number} max_a
 * @property {string} mode
 * @property {boolean} enabled
 * @property {number} queue
 * @property {number} energy_kwh
 * @property {number | null} solar_percent
 * @property {string} [factor]
 * @property {string | null} [phase]
 * @property {string} [reason]
 * @property {string | null} [outlook]
 * @property {number} [since_s]
 * @property {number | null} [next_change_s]
 * @property {boolean} [following]
 * @property {Record<string, string>} entities
 *
 * @typedef {object} Note
 * @property {number} time_s
 * @property {string} charger_id
 * @property {string} name
 * @property {number | null} before_a
 * @property {number} set_a
 * @property {string} reason
 *
 * @typedef {object} Sources
 * @property {Record<string, string>} left
 * @property {Record<string, {entity_id: string | null, phases: string[]}>} cars
 *
 * @typedef {object} Sections
 * @property {Site} site
 * @property {Phase[]} phases
 * @property {{import_w: number | null, caps: Cap[]} | null} power
 * @property {Circuit[]} circuits
 * @property {Sun | null} sun
 * @property {Record<string, Charger>} chargers
 * @property {Sources} sources
 * @property {Note[]} [log] The last decisions that changed something, newest first.
 *
 * @typedef {Sections & {running: boolean}} Document
 *
 * @typedef {Partial<Document> & {now_s?: number, speed?: number, removed?: boolean,
 *   changed?: Record<string, Charger>}} Message
 */

export {};
