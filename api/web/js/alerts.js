/** The alerts that stand: listed once, then kept true by following the changes of them; and acknowledged. */

import { get, send } from "./api.js";
import { clock, moment } from "./format.js";
import { language, t } from "./i18n.js";

const FOLLOW_MS = 4000;
const STANDING = new Set(["firing", "acknowledged"]);
const LEVEL = { critical: "act", warning: "watch", info: "none" };
const URGENCY = ["critical", "warning", "info"];

export class Alerts {
  name = "alerts";
  failure = "";
  known = false;
  #alerts = new Map();
  #sequence = 0;
  #looked = 0;
  #timer = null;

  /** `acknowledge` is called with an alert that somebody wants to acknowledge; `may` tells whether they may. */
  constructor(city, { acknowledge, may }) {
    Object.assign(this, { city, acknowledge, may });
  }

  /** Ask for those that stand, page by page, and from then on for what has changed. */
  async renew() {
    try {
      await (this.known ? this.#catchUp() : this.#list());
      this.known = true;
      this.failure = "";
      this.#looked = Date.now();
    } catch (problem) {
      this.failure = problem.message;
    }
  }

  /** Look every few seconds whether something changed, and call `changed` after each look; not while nobody sees the page. */
  follow(changed) {
    this.#timer ??= setInterval(() => this.known && !document.hidden && this.renew().then(changed), FOLLOW_MS);
  }

  async #list() {
    let page = await get("/v1/alerts", { limit: 1000 });
    const { sequence } = page;
    for (const alert of page.alerts) this.take(alert);
    while (page.next) {
      page = await get(page.next);
      for (const alert of page.alerts) this.take(alert);
    }
    this.#sequence = sequence;
  }

  async #catchUp() {
    let page = await get("/v1/alerts/changes", { since_sequence: this.#sequence });
    for (const change of page.changes) this.take(change);
    while (page.next) {
      page = await get(page.next);
      for (const change of page.changes) this.take(change);
    }
    this.#sequence = page.up_to;
  }

  /** Take in how an alert stands; a newer word of it is never replaced by an older one. */
  take(alert) {
    if ((this.#alerts.get(alert.key)?.sequence ?? -1) > alert.sequence) return;
    this.#alerts.set(alert.key, alert);
    if (!STANDING.has(alert.state) || alert.group) this.#alerts.delete(alert.key);
  }

  /** Say that somebody knows of an alert. */
  async say(alert, who, comment) {
    const path = alert.key.split("/").map(encodeURIComponent).join("/");
    const incident = alert.incident || undefined;
    this.take(await send("POST", `/v1/alerts/${path}/acknowledge`, { who, comment, incident }));
  }

  /** Give what the panel shows, the gravest first, those that nobody knows of before the others, then the newest. */
  entries() {
    const urgency = ({ severity, acknowledged }) => 2 * URGENCY.indexOf(severity) + Number(Boolean(acknowledged));
    const order = (a, b) => urgency(a) - urgency(b) || b.since.localeCompare(a.since);
    return [...this.#alerts.values()].sort(order).map((alert) => this.#entry(alert));
  }

  /** Say as of when. */
  summary() {
    return t("asOf", { time: clock(this.#looked) });
  }

  #entry(alert) {
    const open = !alert.acknowledged && this.may();
    return {
      key: alert.key,
      thing: alert.thing,
      name: this.city.things.get(alert.thing)?.name ?? alert.thing,
      where: [t("alertSince", { time: moment(Date.parse(alert.since)) }), alert.district, alert.operator, ...notes(alert)].filter(Boolean).join(" · "),
      level: LEVEL[alert.severity] ?? "none",
      word: `severity:${alert.severity}`,
      reason: alert.reason[language()],
      action: open ? { word: "acknowledge", run: () => this.acknowledge(alert) } : undefined,
    };
  }
}

function notes({ acknowledged, silenced, escalated }) {
  return [
    acknowledged ? t("acknowledgedBy", acknowledged) : "",
    acknowledged?.comment,
    silenced ? t("silenced") : "",
    escalated && !acknowledged ? t("escalated") : "",
  ];
}
