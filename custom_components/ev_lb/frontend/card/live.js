/** Follows one site over Home Assistant's connection, through every interruption. */

/** @typedef {import("./types.js").Document} Document */
/** @typedef {import("./types.js").Hass} Hass */
/** @typedef {import("./types.js").Message} Message */

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30000;

/** Who it tells what happened. */
export class Live {
  /**
   * @param {Hass} hass
   * @param {string | undefined} entryId The first site where none is named.
   * @param {() => void} tell Called when anything is new.
   * @param {boolean} [log] Whether the last decisions are wanted, too.
   */
  constructor(hass, entryId, tell, log = false) {
    this.connection = hass.connection;
    this.hass = hass;
    this.entryId = entryId;
    this.tell = tell;
    this.log = log;
    /** @type {Document | undefined} */
    this.document = undefined;
    /** Why there is no document: a key of the card's texts.
     * @type {"no_site" | "gone" | "not_running" | undefined} */
    this.problem = undefined;
    this.connected = true;
    this.nowS = 0;
    this.speed = 1;
    this.heardMs = 0;
    this.stopped = false;
    this.attempt = 0;
    this.retryMs = FIRST_RETRY_MS;
    /** @type {number | undefined} */
    this.timer = undefined;
    /** @type {(() => Promise<void>) | undefined} */
    this.unsubscribe = undefined;
    this.onLost = () => {
      this.connected = false;
      this.unsubscribe = undefined;
      this.tell();
    };
    this.onReady = () => this.follow();
    this.connection.addEventListener("disconnected", this.onLost);
    this.connection.addEventListener("ready", this.onReady);
    this.follow();
  }

  /** Let go of the connection. */
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.connection.removeEventListener("disconnected", this.onLost);
    this.connection.removeEventListener("ready", this.onReady);
    this.drop();
  }

  drop() {
    // A connection that is gone has forgotten the subscription by itself.
    this.unsubscribe?.().catch(() => undefined);
    this.unsubscribe = undefined;
  }

  /**
   * Return the site's time, s.
   */
  now() {
    return this.nowS + ((performance.now() - this.heardMs) / 1000) * this.speed;
  }

  /**
   * Return how long the user waits for a time of the site, s.
   *
   * @param {number} timeS
   */
  remaining(timeS) {
    return (timeS - this.now()) / this.speed;
  }

  /** Subscribe, and try again until that succeeds; a later attempt ends this one. */
  async follow() {
    clearTimeout(this.timer);
    this.drop();
    const attempt = ++this.attempt;
    const current = () => !this.stopped && attempt === this.attempt;
    try {
      await this.subscribe(current);
      this.retryMs = FIRST_RETRY_MS;
    } catch (error) {
      if (!current()) return;
      // While Home Assistant starts, it does not know the command yet.
      if (/** @type {{code?: string}} */ (error)?.code === "not_found") {
        this.problem = "gone";
        this.tell();
      }
      this.timer = window.setTimeout(() => this.follow(), this.retryMs);
      this.retryMs = Math.min(2 * this.retryMs, LONGEST_RETRY_MS);
    }
  }

  /**
   * @param {() => boolean} current Whether the subscription is still wanted.
   */
  async subscribe(current) {
    let entryId = this.entryId;
    if (!entryId) {
      /** @type {{entry_id: string}[]} */
      const sites = await this.hass.callWS({ type: "ev_lb/sites" });
      entryId = sites[0]?.entry_id;
    }
    if (!entryId) {
      this.problem = "no_site";
      this.tell();
      throw new Error("There is no site yet.");
    }
    const unsubscribe = await this.connection.subscribeMessage(
      (/** @type {Message} */ message) => {
        if (current()) this.hear(message);
      },
      {
        type: "ev_lb/subscribe",
        entry_id: entryId,
        language: this.hass.language,
        log: this.log,
      },
      // It would try once, and not at all if the integration is not up by then.
      { resubscribe: false },
    );
    if (current()) this.unsubscribe = unsubscribe;
    else unsubscribe().catch(() => undefined);
  }

  /**
   * @param {Message} message
   */
  hear({ now_s, speed, changed, removed, ...sections }) {
    this.connected = true;
    if (now_s !== undefined) {
      [this.nowS, this.speed, this.heardMs] = [now_s, speed ?? 1, performance.now()];
    }
    if (sections.running === false) {
      this.problem = removed ? "gone" : "not_running";
      this.document = undefined;
    } else if (sections.running) {
      this.problem = undefined;
      this.document = /** @type {Document} */ (sections);
    } else if (this.document) {
      const chargers = sections.chargers ?? { ...this.document.chargers, ...changed };
      this.document = { ...this.document, ...sections, chargers };
    }
    this.tell();
  }
}
