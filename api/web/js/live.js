/** Keeps the page true: the API's event stream, or, where that fails, asking again every few seconds. */

import { get } from "./api.js";

const POLL_MS = 5000;
const PATIENCE = 3;

export class Live {
  #source = null;
  #poll = null;
  #failures = 0;

  /** `on` has `observations(document)`, `ledger(document)` and `state(name)`: live, polling or offline. */
  constructor(city, session, on) {
    this.city = city;
    this.session = session;
    this.on = on;
  }

  /** Open the stream where the last answer ended. */
  start() {
    this.#source?.close();
    const source = new EventSource(`/v1/stream?${new URLSearchParams({ after: this.city.version, ...(this.city.told && { property: this.city.told }) })}`);
    source.onopen = () => this.#opened();
    source.onerror = () => this.#failed();
    source.addEventListener("observations", (event) => this.on.observations(JSON.parse(event.data)));
    source.addEventListener("ledger", (event) => this.on.ledger(JSON.parse(event.data)));
    this.#source = source;
  }

  #opened() {
    this.#failures = 0;
    clearInterval(this.#poll);
    this.#poll = null;
    this.on.state("live");
  }

  /** The browser reconnects by itself unless the server refused; after a few failures ask instead. */
  #failed() {
    this.#failures += 1;
    if (this.#source.readyState === EventSource.CLOSED) setTimeout(() => this.start(), POLL_MS);
    if (this.#failures >= PATIENCE || this.#source.readyState === EventSource.CLOSED) this.#fallBack();
    else this.on.state("connecting");
  }

  #fallBack() {
    if (this.#poll) return;
    this.#poll = setInterval(() => this.#ask(), POLL_MS);
    this.#ask();
  }

  async #ask() {
    try {
      const [latest, ledger] = await Promise.all([this.city.now(), this.session.books && get("/v1/ledger")]);
      this.on.state("polling");
      this.on.observations(latest);
      if (ledger) this.on.ledger(ledger);
    } catch {
      this.on.state("offline");
    }
  }
}
