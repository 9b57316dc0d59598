// What the integration lists as a resource of all dashboards.
import "./card/card.js";
import "./ev-lb-log.js";
import "./ev-lb-strategy.js";
