/** Texts and numbers in the reader's language, from the integration's translations. */

/** @typedef {import("./types.js").Hass} Hass */
/** @typedef {import("./types.js").Localize} Localize */

const LOCALES = /** @type {Record<string, string[] | undefined>} */ ({
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
});

/** @type {Localize | undefined} */
let latest;

/**
 * Return a text of the card in the language that was asked for last, for those who
 * are asked before any card is there.
 *
 * @param {string} key
 * @param {string} otherwise
 */
export function lateText(key, otherwise) {
  return latest?.(`component.ev_lb.selector.card.options.${key}`) || otherwise;
}

/** The words of one language. */
export class Words {
  /**
   * @param {Hass} hass
   * @param {Localize} localize With the integration's texts.
   */
  constructor(hass, localize) {
    this.language = hass.language;
    this.localize = latest = localize;
    this.locales = LOCALES[hass.locale?.number_format] ?? [hass.language];
    const { time_format: hours, time_zone: zone } = hass.locale ?? {};
    this.clockOptions = {
      hour12: hours === "12" ? true : hours === "24" ? false : undefined,
      timeZone: zone === "server" ? hass.config.time_zone : undefined,
    };
    this.grouping = hass.locale?.number_format !== "none";
    /** @type {Map<number, Intl.NumberFormat>} */
    this.formats = new Map();
  }

  /**
   * Load the words of the user's language.
   *
   * @param {Hass} hass
   */
  static async load(hass) {
    return new Words(hass, await hass.loadBackendTranslation("selector", "ev_lb"));
  }

  /**
   * Return a text of the card; the key stands for one that is missing.
   *
   * @param {string} key
   * @param {Record<string, string | number>} [values]
   */
  text(key, values) {
    return this.localize(`component.ev_lb.selector.card.options.${key}`, values) || key;
  }

  /**
   * Return how a mode is called.
   *
   * @param {string} select
   * @param {string} mode
   */
  mode(select, mode) {
    return this.localize(`component.ev_lb.entity.select.${select}.state.${mode}`) || mode;
  }

  /**
   * @param {number} value
   * @param {number} [digits] Behind the decimal separator.
   */
  number(value, digits = 1) {
    let format = this.formats.get(digits);
    if (!format) {
      format = new Intl.NumberFormat(this.locales, {
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        useGrouping: this.grouping,
      });
      this.formats.set(digits, format);
    }
    // No "-0.0".
    return format.format(Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value);
  }

  /**
   * Return a current as shown, such as "16" or "5.3".
   *
   * @param {number} value A
   */
  amperes(value) {
    return this.number(value, Number.isInteger(value) ? 0 : 1);
  }

  /**
   * @param {number} value W
   */
  kilowatts(value) {
    return this.number(value / 1000, 1);
  }

  /**
   * Return the time of day in the user's time zone, in the user's way.
   *
   * @param {number} timeS Since the epoch, s.
   */
  clock(timeS) {
    return new Date(timeS * 1000).toLocaleTimeString(this.language, this.clockOptions);
  }

  /**
   * Return a time that remains, such as "0:07" or "1:02:07".
   *
   * @param {number} seconds
   */
  time(seconds) {
    const left = Math.max(0, Math.ceil(seconds));
    const pad = (/** @type {number} */ part) => String(part).padStart(2, "0");
    const [hours, minutes] = [Math.floor(left / 3600), Math.floor(left / 60) % 60];
    return hours
      ? `${hours}:${pad(minutes)}:${pad(left % 60)}`
      : `${minutes}:${pad(left % 60)}`;
  }
}

/**
 * Begin a sentence with a capital.
 *
 * @param {string} text
 * @param {string} language
 */
export function sentence(text, language) {
  return text.charAt(0).toLocaleUpperCase(language) + text.slice(1);
}
