/** Texts and numbers in the reader's language, from the integration's translations. */

/** @import { Hass, Localize, Values } from "./types" */

const TEXT = "component.ev_lb.selector.card.options.";
const LOCALES = /** @type {Record<string, string[] | undefined>} */ ({
  comma_decimal: ["en-US", "en"],
  decimal_comma: ["de", "es", "it"],
  space_comma: ["fr", "sv", "cs"],
  quote_decimal: ["de-CH"],
});

/** The words that were loaded last, for those who are asked before any card is there.
 * @type {Words | undefined} */
export let latest;

/** The words of one language. */
export class Words {
  /**
   * @param {Hass} hass
   * @param {Localize} localize With the integration's texts.
   */
  constructor(hass, localize) {
    this.language = hass.language;
    this.localize = localize;
    latest = this;
    const { number_format: numbers, time_format: hours, time_zone: zone } = hass.locale;
    this.clockOptions = {
      hour12: hours === "12" ? true : hours === "24" ? false : undefined,
      timeZone: zone === "server" ? hass.config.time_zone : undefined,
    };
    this.formats = [0, 1].map(
      (digits) =>
        new Intl.NumberFormat(LOCALES[numbers] ?? hass.language, {
          minimumFractionDigits: digits,
          maximumFractionDigits: digits,
          useGrouping: numbers !== "none",
        }),
    );
  }

  /**
   * Return a text of the card; the key stands for one that is missing.
   * @param {string} key
   * @param {Values} [values]
   */
  text(key, values) {
    return this.localize(TEXT + key, values) || key;
  }

  /**
   * Return how a mode is called.
   * @param {string} select
   * @param {string} mode
   */
  mode(select, mode) {
    return this.localize(`component.ev_lb.entity.select.${select}.state.${mode}`) || mode;
  }

  /**
   * @param {number} value
   * @param {0 | 1} [digits] Behind the decimal separator.
   */
  number(value, digits = 1) {
    // No "-0.0".
    const shown = Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value;
    return this.formats[digits]?.format(shown) ?? "";
  }

  /**
   * Return a current as shown, such as "16" or "5.3"; "?" where nobody knows it.
   * @param {number | null} value A
   */
  amperes(value) {
    return value === null ? "?" : this.number(value, Number.isInteger(value) ? 0 : 1);
  }

  /** @param {number | null} [value] W */
  kilowatts(value) {
    return value == null ? "?" : this.number(value / 1000);
  }

  /**
   * Return the time of day in the user's time zone, in the user's way.
   * @param {number} timeS Since the epoch, s.
   */
  clock(timeS) {
    return new Date(timeS * 1000).toLocaleTimeString(this.language, this.clockOptions);
  }

  /**
   * Return a day and a time of day in the user's time zone.
   * @param {string} iso
   */
  moment(iso) {
    const parts = /** @type {const} */ ({
      day: "numeric",
      month: "short",
      hour: "2-digit",
      minute: "2-digit",
    });
    return new Date(iso).toLocaleString(this.language, { ...this.clockOptions, ...parts });
  }

  /**
   * @param {string} currency
   * @param {number} amount
   */
  money(currency, amount) {
    return new Intl.NumberFormat(this.language, { style: "currency", currency }).format(amount);
  }

  /**
   * Return a time that remains, such as "0:07" or "1:02:07".
   * @param {number} seconds
   */
  time(seconds) {
    const left = Math.max(0, Math.ceil(seconds));
    const parts = [Math.floor(left / 60) % 60, left % 60];
    if (left >= 3600) parts.unshift(Math.floor(left / 3600));
    return parts.map((part, place) => String(part).padStart(place && 2, "0")).join(":");
  }

  /** @param {string} [text] What becomes a sentence. */
  sentence(text) {
    return text ? `${text.charAt(0).toLocaleUpperCase(this.language)}${text.slice(1)}.` : "";
  }
}
