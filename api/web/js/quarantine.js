/** The messages that could not be read, the latest first, each with the reason; and reading them again. */

import { all } from "./api.js";
import { el, mark, say } from "./dom.js";
import { moment, number } from "./format.js";
import { known, t } from "./i18n.js";
import { replay } from "./replay.js";

const LATEST = 8;
const ASK_AGAIN_MS = 3000;

export class Quarantine {
  #messages = [];
  #counted = -1;
  #asking = false;
  #replaying = false;
  #whole = false;

  /** `may` tells whether messages may be read again by whoever looks; `onProblem` is told what failed and how to try again. */
  constructor({ onProblem, may }) {
    Object.assign(this, { onProblem, may });
  }

  /** Build it in the language in use. */
  build() {
    this.again = el("button", { type: "button", class: "chip", id: "replay-all", hidden: "", click: () => this.#replay({}) }, t("replayAll"));
    this.status = el("p", { role: "status", class: "muted", id: "replay-status" });
    this.rows = el("ul", { class: "quarantine", id: "quarantine" });
    this.#list();
    return el("div", { class: "quarantine-panel" }, el("header", {}, el("h3", {}, t("quarantine")), this.again), this.status, this.rows);
  }

  /** Ask for the messages when there are more or fewer of them, and not too often. */
  follow(count) {
    if (count === this.#counted || this.#asking) return;
    this.#asking = true;
    this.#counted = count;
    this.#wanted = count;
    this.#ask();
    setTimeout(() => {
      this.#asking = false;
      this.follow(this.#wanted);
    }, ASK_AGAIN_MS);
  }

  #wanted = -1;

  async #ask() {
    try {
      this.#messages = await all("/v1/quarantine", "quarantine", { limit: 200 });
      this.#list();
    } catch (problem) {
      this.onProblem(problem, () => this.#ask());
    }
  }

  #list() {
    this.#messages.sort((a, b) => b.last_seen.localeCompare(a.last_seen));
    const shown = this.#whole ? this.#messages : this.#messages.slice(0, LATEST);
    const more = shown.length < this.#messages.length ? [this.#more()] : [];
    const none = el("li", { class: "muted" }, t("quarantineNone"));
    this.rows.replaceChildren(...(shown.length ? [...shown.map((message) => this.#row(message)), ...more] : [none]));
    this.again.hidden = !this.#messages.length || !this.may();
    this.#busy();
  }

  #more() {
    const open = () => {
      this.#whole = true;
      this.#list();
    };
    return el("li", {}, el("button", { type: "button", class: "link", click: open }, t("showAll", { n: number(this.#messages.length) })));
  }

  #row(message) {
    const reason = `reason:${message.reason}`;
    const payload = message.payload ?? message.payload_base64;
    return el("li", { "data-reason": message.reason, "data-message": message.id },
      el("p", {}, el("strong", {}, known(reason) ? t(reason) : message.reason), el("span", { class: "count" }, t("times", { n: number(message.count) })), el("time", { datetime: message.last_seen }, moment(Date.parse(message.last_seen)))),
      el("p", { lang: "en" }, message.detail),
      el("details", {}, el("summary", {}, el("code", {}, message.topic)), el("pre", {}, payload.slice(0, 2000))),
      this.may() ? this.#button(message) : null);
  }

  #button(message) {
    const word = t(message.older_decoder ? "replayHopeful" : "replayOne");
    return el("button", { type: "button", class: "chip replay", "aria-label": `${word}: ${message.topic}`, click: () => this.#replay({ id: message.id }) }, word);
  }

  /** Read again what is chosen, one request after the other. */
  async #replay(choice) {
    if (this.#replaying) return;
    this.#replaying = true;
    this.#busy();
    try {
      await replay(choice, (sentence) => say(this.status, sentence));
    } catch (problem) {
      say(this.status, problem.message);
    }
    this.#replaying = false;
    await this.#ask();
  }

  #busy() {
    for (const button of [this.again, ...this.rows.querySelectorAll(".replay")]) mark(button, "disabled", this.#replaying && "");
  }
}
