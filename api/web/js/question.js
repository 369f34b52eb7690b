/** One list of what is to be done: asked for, kept, and asked again; what failed is kept as a sentence beside it. */

import { gently, get } from "./api.js";
import { clock, number } from "./format.js";
import { t } from "./i18n.js";
import { entryOf } from "./task_lists.js";

export class Question {
  #answer = null;
  failure = "";

  constructor(list) {
    this.list = list;
    this.name = list.name;
  }

  /** Whether there was an answer yet. */
  get known() {
    return this.#answer !== null;
  }

  /** Ask again. An answer that was there stays where the new one fails. */
  async renew() {
    try {
      this.#answer = await gently(() => get(this.list.path));
      this.failure = "";
    } catch (problem) {
      this.failure = problem.message;
    }
  }

  /** Give the entries in the language in use. */
  entries() {
    return this.known ? this.list.rows(this.#answer).map((row) => entryOf(this.list, row)) : [];
  }

  /** Say how much was looked at, and when. */
  summary() {
    const looked = this.list.looked(this.#answer);
    const words = looked === null ? [] : [t(`${this.name}Looked`, { n: number(looked) })];
    return [...words, t("asOf", { time: clock(Date.parse(this.#answer.time)) })].join(" · ");
  }
}
