/** The page of one thing, with an address of its own: history, forecast, alerts, sensor, place, and who operates it. */

import { Compare, options } from "./compare.js";
import { el, mark, say } from "./dom.js";
import { ago, localDate, value } from "./format.js";
import { Forecasts } from "./forecast.js";
import { isHousehold } from "./facts.js";
import { History } from "./history.js";
import { t, title } from "./i18n.js";
import { glyph, reshape } from "./icons.js";
import { Incidents } from "./incidents.js";
import { judge } from "./judge.js";
import { streamsOf } from "./layers.js";
import { fillOf } from "./row.js";
import { Sensor } from "./sensor.js";
import { SpanChoice } from "./span_choice.js";
import { spanWords } from "./scale.js";
import { standing } from "./standing.js";
import { Values } from "./values.js";
import { hashOf, OFF_PAGE, onView, OWN, PAGE, show, view } from "./view.js";

const REDRAW_MS = 1500;
const RENEW_MS = 30_000;
/** What, when it changes, changes the chart alone. */
const OF_CHART = ["property", "span", "from", "to", "with", "other"];

export class ThingPage {
  #asked = 0;
  #later = null;
  #renewed = 0;

  /** `context` has the city, the ranges of recent values, `onProblem`, `acknowledge`, and what who looks `may` and `reads`. */
  constructor(host, context) {
    Object.assign(this, { host, ...context });
    this.plainTitle = document.title;
    onView((changed) => this.#follow(changed));
  }

  #follow(changed) {
    if (changed.has("page") || (this.open && changed.has("thing"))) this.build(true);
    else if (this.thing && OF_CHART.some((name) => changed.has(name))) this.#load();
  }

  /** Whether the page is what is looked at. */
  get open() {
    return view.page === PAGE;
  }

  /** Build the page of the thing in view, or put it away. */
  build(focus = false) {
    this.thing = this.open ? this.city.things.get(view.thing) : undefined;
    this.streams = null;
    this.#asked += 1;
    this.host.hidden = !this.open;
    document.body.classList.toggle("on-page", this.open);
    document.title = this.thing ? `${this.thing.name} · Smile City` : this.plainTitle;
    if (!this.open) return;
    this.host.replaceChildren(...(this.thing ? this.#parts() : this.#lost()));
    if (focus) {
      this.host.scrollTop = 0;
      scrollTo(0, 0);
      this.host.querySelector("h2").focus({ preventScroll: true });
    }
    if (this.thing) this.#learn();
  }

  #lost() {
    return [this.#back(), el("h2", { tabindex: "-1" }, t("notFound", { id: view.thing })), el("p", { class: "muted" }, t("notFoundHint"))];
  }

  /** Lead back to the map: the thing stays chosen there. */
  #back(words = t("back"), name = "back") {
    const behind = { ...OFF_PAGE, domain: this.thing?.domain ?? view.domain, thing: this.thing?.id ?? "" };
    const leave = (event) => {
      event.preventDefault();
      show(behind);
      document.querySelector(`#list [data-thing="${CSS.escape(behind.thing)}"] .open`)?.focus();
    };
    return el("a", { class: name, href: hashOf(behind), click: leave }, words);
  }

  #parts() {
    const { city, thing, onProblem } = this;
    this.values = new Values(city);
    this.now = el("section", { class: "card now", hidden: "" }, el("h3", {}, t("nowValues")), this.values.element);
    this.history = new History({ city, onProblem });
    this.history.of(thing, []);
    this.forecasts = new Forecasts({ city, onProblem });
    this.incidents = new Incidents(this);
    this.sensor = new Sensor(city, this.reads);
    this.span = new SpanChoice();
    this.compare = new Compare(city);
    this.choose = el("select", { class: "field", id: "property", "aria-label": t("property"), change: (event) => show({ property: event.target.value }) });
    this.spoken = el("span", { class: "muted span-words" });
    return [
      el("div", { class: "thing-head" }, this.#back(), this.#heading()),
      el("div", { class: "thing-main" },
        el("section", { class: "card history", "aria-labelledby": "history-title" },
          el("header", {}, el("h3", { id: "history-title" }, t("history")), this.spoken),
          el("div", { class: "controls" }, this.choose, this.span.element, this.compare.element),
          ...this.history.elements),
        this.forecasts.element),
      el("div", { class: "thing-side" },
        this.incidents.element,
        this.now,
        this.sensor.element, standing(thing, this.#back(t("toMap"), "to-map"))),
    ];
  }

  #heading() {
    const { thing } = this;
    const kind = title(this.city.kinds.get(thing.kind) ?? { name: thing.kind });
    this.glyph = glyph("none");
    this.says = el("strong", { class: "says" });
    this.old = el("span", { class: "muted" });
    return el("div", { class: "thing-title" },
      el("div", {}, el("h2", { tabindex: "-1" }, thing.name), el("p", { class: "muted" }, [kind, thing.district, thing.operator].filter(Boolean).join(" · "))),
      el("p", { class: "thing-now" }, this.glyph, this.says, this.old));
  }

  #judged() {
    const judged = judge(this.thing, this.city, this.ranges);
    mark(this.says.parentNode, "data-level", judged.level);
    mark(this.says.parentNode, "data-stale", judged.stale && "true");
    reshape(this.glyph, judged.level, fillOf(judged));
    const nothing = t(isHousehold(this.thing) ? "householdShort" : "neverHeard");
    say(this.says, judged.age === null ? nothing : value(judged.result, judged.property));
    say(this.old, judged.age === null ? "" : [title(judged.property), ago(judged.age), judged.stale ? t("stale") : ""].filter(Boolean).join(" · "));
  }

  /** Learn which datastreams the thing has, then show what is in view of them. */
  async #learn() {
    const asked = (this.#asked += 1);
    this.#judged();
    this.sensor.of(this.thing);
    this.incidents.of(this.thing);
    this.forecasts.of(this.thing);
    this.#renewed = Date.now();
    try {
      const streams = (await streamsOf(this.city, this.thing.id)).filter((stream) => stream.count);
      if (asked !== this.#asked || !this.thing) return;
      this.streams = streams;
      this.values.fill(this.thing, streams);
      this.sensor.refresh();
      this.now.hidden = !streams.length;
      this.choose.replaceChildren(...options(streams, this.city));
      this.history.of(this.thing, streams);
      await this.#load();
    } catch (problem) {
      if (asked === this.#asked) this.onProblem(problem, () => this.#learn());
    }
  }

  async #load() {
    if (!this.streams) return;
    const { history } = this;
    this.choose.value = history.property;
    this.choose.hidden = !this.streams.length;
    this.span.refresh();
    this.compare.build(this.thing, history.others);
    if (!(await history.load()) || !history.shown || history !== this.history) return;
    this.compare.build(this.thing, history.others);
    this.compare.choose(history.otherProperty);
    this.span.refresh(history.shown.span);
    say(this.spoken, spanWords(...history.shown.span));
    this.sensor.judge(history.shown);
  }

  /** Show what came in: the values at once, the chart a little later. */
  touch(ids) {
    if (!this.thing || !(ids.has(this.thing.id) || ids.has(view.with))) return;
    this.#judged();
    this.values.refresh(true);
    const over = view.span === OWN && [view.from, view.to].every((day) => day < localDate(Date.now()));
    if (!over) this.#later ??= setTimeout(() => this.#again(), REDRAW_MS);
  }

  #again() {
    this.#later = null;
    if (!this.thing) return;
    if (this.streams?.length) this.#load();
    else this.#learn();
  }

  /** Let ages grow; ask again for alerts and forecasts now and then. */
  refresh() {
    if (!this.thing) return;
    this.#judged();
    this.values.refresh();
    this.sensor.refresh();
    if (Date.now() - this.#renewed < RENEW_MS) return;
    this.#renewed = Date.now();
    this.incidents.of(this.thing);
    this.forecasts.of(this.thing);
    this.city.open(this.thing.id).catch(() => {});
  }
}
