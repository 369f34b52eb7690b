/** The page on a wall: what matters in large letters, one domain after the other, for people who stand in the room. */

import { mark } from "./dom.js";
import { t } from "./i18n.js";
import { icon } from "./icons.js";
import { onView, show, view } from "./view.js";

const TURN_MS = 20_000;
/** For how long it stands still when somebody has touched it. */
const REST_MS = 60_000;

export class Wall {
  #timer = null;
  #touched = 0;
  #awake = null;

  constructor(button, { city }) {
    Object.assign(this, { button, city });
    button.addEventListener("click", () => this.#press());
    onView((changed) => changed.has("wall") && this.#apply());
    addEventListener("keydown", (event) => event.key === "Escape" && view.wall && this.#leave());
    for (const kind of ["pointerdown", "keydown"]) addEventListener(kind, () => (this.#touched = Date.now()), { passive: true });
    document.addEventListener("fullscreenchange", () => document.fullscreenElement || (view.wall && this.#leave()));
    this.#apply();
  }

  /** Say it in the language in use. */
  build() {
    const word = t(view.wall ? "wallLeave" : "wall");
    this.button.replaceChildren(icon(view.wall ? "smaller" : "larger"));
    mark(this.button, "aria-label", word);
    mark(this.button, "title", word);
    mark(this.button, "aria-pressed", `${Boolean(view.wall)}`);
  }

  #press() {
    if (view.wall) return this.#leave();
    show({ wall: "1", thing: "" });
    document.documentElement.requestFullscreen?.().catch(() => {});
  }

  #leave() {
    show({ wall: "" });
    if (document.fullscreenElement) document.exitFullscreen();
  }

  #apply() {
    mark(document.body, "data-wall", view.wall ? "true" : null);
    clearInterval(this.#timer);
    this.#timer = view.wall ? setInterval(() => this.#turn(), TURN_MS) : null;
    this.#touched = 0;
    this.#stayAwake();
    this.build();
  }

  /** Show the next domain, unless somebody looks at this one. */
  #turn() {
    if (Date.now() - this.#touched < REST_MS) return;
    const names = this.city.domains().filter((name) => this.city.of(name).length);
    if (names.length) show({ domain: names[(names.indexOf(view.domain) + 1) % names.length] });
  }

  /** Ask the browser not to darken the screen; one that cannot shows the page nevertheless. */
  async #stayAwake() {
    await this.#awake?.release().catch(() => {});
    this.#awake = view.wall ? await navigator.wakeLock?.request("screen").catch(() => null) : null;
  }
}
