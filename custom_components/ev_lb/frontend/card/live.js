/** Follows one site over Home Assistant's connection, through every interruption. */

/** @import { Document, Hass, Message } from "./types" */

const FIRST_RETRY_MS = 1000;
const LONGEST_RETRY_MS = 30000;

/** What is known of a site now; it tells its owner when anything is new. */
export class Live {
  /** @type {Document | undefined} */
  document;
  /** Why there is no document: a key of the card's texts.
   * @type {"no_site" | "gone" | "not_running" | undefined} */
  problem;
  connected = true;
  nowS = 0;
  speed = 1;
  heardMs = 0;
  stopped = false;
  /** The site that is shown. */
  followed = "";
  attempt = 0;
  retryMs = FIRST_RETRY_MS;
  /** @type {number | undefined} */
  timer;
  /** @type {(() => Promise<void>) | undefined} */
  unsubscribe;

  /**
   * @param {Hass} hass
   * @param {string | undefined} entryId The first site where none is named.
   * @param {() => void} tell Called when anything is new.
   * @param {boolean} log Whether the last decisions are wanted, too.
   */
  constructor(hass, entryId, tell, log) {
    this.hass = hass;
    this.entryId = entryId;
    this.tell = tell;
    this.log = log;
    hass.connection.addEventListener("disconnected", this.onLost);
    hass.connection.addEventListener("ready", this.follow);
    this.follow();
  }

  /** Let go of the connection. */
  stop() {
    this.stopped = true;
    clearTimeout(this.timer);
    this.hass.connection.removeEventListener("disconnected", this.onLost);
    this.hass.connection.removeEventListener("ready", this.follow);
    this.drop();
  }

  onLost = () => {
    this.connected = false;
    this.unsubscribe = undefined;
    this.tell();
  };

  drop() {
    // A connection that is gone has forgotten the subscription by itself.
    this.unsubscribe?.().catch(() => undefined);
    this.unsubscribe = undefined;
  }

  /**
   * Return how long the user waits for a time of the site, s.
   * @param {number} timeS
   */
  remaining(timeS) {
    return (timeS - this.nowS) / this.speed - (performance.now() - this.heardMs) / 1000;
  }

  /** Subscribe, and try again until that succeeds; a later attempt ends this one. */
  follow = async () => {
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
      this.timer = window.setTimeout(this.follow, this.retryMs);
      this.retryMs = Math.min(2 * this.retryMs, LONGEST_RETRY_MS);
    }
  };

  /** @param {() => boolean} current Whether the subscription is still wanted. */
  async subscribe(current) {
    const { hass, log } = this;
    let entry_id = this.entryId;
    if (!entry_id) {
      /** @type {{entry_id: string}[]} */
      const sites = await hass.callWS({ type: "ev_lb/sites" });
      entry_id = sites[0]?.entry_id;
    }
    if (!entry_id) {
      this.problem = "no_site";
      this.tell();
      throw new Error("There is no site yet.");
    }
    this.followed = entry_id;
    const unsubscribe = await hass.connection.subscribeMessage(
      (/** @type {Message} */ message) => {
        if (current()) this.hear(message);
      },
      { type: "ev_lb/subscribe", entry_id, language: hass.language, log },
      // It would try once, and not at all if the integration is not up by then.
      { resubscribe: false },
    );
    if (current()) this.unsubscribe = unsubscribe;
    else unsubscribe().catch(() => undefined);
  }

  /** @param {Message} message */
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
