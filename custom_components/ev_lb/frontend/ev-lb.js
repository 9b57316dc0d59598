// What the integration lists as a resource of all dashboards.
import "./card/card.js";
