/** The panel of one thing beside the map: a short look at what it says now and how its day went, and the way to its page. */

import { el } from "./dom.js";
import { t, title } from "./i18n.js";
import { facts } from "./facts.js";
import { History } from "./history.js";
import { streamsOf } from "./layers.js";
import { Values } from "./values.js";
import { hashOf, onView, PAGE, show, view } from "./view.js";

const REDRAW_MS = 700;
/** Indicators that are told in a short look. */
const FEW = 3;

export class Detail {
  #asked = 0;
  #streams = [];
  #later = null;

  constructor(host, { city, onProblem }) {
    Object.assign(this, { host, city, onProblem });
    host.addEventListener("keydown", (event) => event.key === "Escape" && this.#close());
    onView((changed) => this.#follow(changed));
  }

  #follow(changed) {
    if (changed.has("thing") || changed.has("page")) {
      this.opener = document.activeElement?.closest("#tasks") && document.activeElement;
      this.build(changed.has("thing"));
    } else if (this.thing && changed.has("property")) this.#load();
  }

  #close() {
    const row = document.querySelector(`#list [data-thing="${CSS.escape(view.thing)}"] .open`);
    const back = this.opener?.isConnected ? this.opener : row;
    show({ thing: "", property: "" });
    back?.focus();
  }

  /** Build the panel of the thing in view, or put it away; on the page of a thing there is none. */
  build(focus = false) {
    const open = Boolean(view.thing) && view.page !== PAGE;
    this.thing = open ? this.city.things.get(view.thing) : undefined;
    this.#streams = [];
    this.#asked += 1;
    this.host.hidden = !open;
    document.body.classList.toggle("has-detail", open);
    if (!open) return;
    this.host.replaceChildren(...(this.thing ? this.#parts() : [this.#lost()]));
    if (focus) this.host.focus({ preventScroll: matchMedia("(min-width: 60rem)").matches });
    if (this.thing) this.#learn();
  }

  #lost() {
    return el("header", {}, el("h2", {}, t("notFound", { id: view.thing })), this.#closer());
  }

  #closer() {
    return el("button", { type: "button", class: "close", "aria-label": t("close"), title: t("close"), click: () => this.#close() }, "×");
  }

  #parts() {
    const { thing } = this;
    this.values = new Values(this.city);
    this.history = new History({ city: this.city, onProblem: this.onProblem, brief: true });
    this.history.of(thing, []);
    const kind = title(this.city.kinds.get(thing.kind) ?? { name: thing.kind });
    const enter = (event) => {
      event.preventDefault();
      show({ page: PAGE });
    };
    const page = el("a", { class: "to-page", href: hashOf({ page: PAGE }), click: enter }, t("toPage"));
    return [
      el("header", {}, el("div", {}, el("h2", {}, thing.name), el("p", { class: "muted" }, [kind, thing.district].filter(Boolean).join(" · ")), page), this.#closer()),
      ...this.history.elements, this.values.element,
      el("details", { class: "facts" }, el("summary", {}, t("facts")), facts(thing)),
    ];
  }

  /** Learn which datastreams the thing has, then draw the one in view. */
  async #learn() {
    const asked = (this.#asked += 1);
    try {
      const streams = await streamsOf(this.city, this.thing.id);
      if (asked !== this.#asked) return;
      this.#streams = streams.filter((stream) => stream.count);
      this.values.fill(this.thing, this.#streams, FEW);
      this.history.of(this.thing, this.#streams);
      await this.#load();
    } catch (problem) {
      if (asked === this.#asked) this.onProblem(problem, () => this.#learn());
    }
  }

  async #load() {
    await this.history.load();
  }

  /** Show what came in: the values at once, the chart a little later. */
  touch(ids) {
    if (!this.thing || !ids.has(this.thing.id)) return;
    this.values.refresh(true);
    this.#later ??= setTimeout(() => this.#again(), REDRAW_MS);
  }

  /** Draw anew what may have changed, late observations and restated indicators too. */
  #again() {
    this.#later = null;
    if (!this.thing) return;
    if (this.#streams.length) this.#load();
    else this.#learn();
  }

  /** Let ages grow. */
  refresh() {
    if (this.thing) this.values.refresh();
  }
}
