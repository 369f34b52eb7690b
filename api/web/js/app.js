/** The page: loads the city, puts its parts together, and keeps them true while observations come in. */

import { askWhoKnows } from "./acknowledge.js";
import { Alerts } from "./alerts.js";
import { Buildings } from "./buildings.js";
import { City } from "./city.js";
import { Detail } from "./detail.js";
import { mark, oncePerFrame, say } from "./dom.js";
import { Domains } from "./domains.js";
import { Today } from "./figures.js";
import { clock, MINUTE, number } from "./format.js";
import { t, translate } from "./i18n.js";
import { Ledger } from "./ledger.js";
import { legend } from "./legend.js";
import { List } from "./list.js";
import { Live } from "./live.js";
import { CityMap } from "./map.js";
import { Near } from "./near.js";
import { Question } from "./question.js";
import { Recent } from "./recent.js";
import { Session } from "./session.js";
import { LISTS } from "./task_lists.js";
import { Tasks } from "./tasks.js";
import { ThingPage } from "./thing_page.js";
import { settle, switches } from "./theme.js";
import { Trend } from "./trend.js";
import { followLocation, onView, PAGE, show, STEPS, view } from "./view.js";
import { Wall } from "./wall.js";

const byId = (id) => document.getElementById(id);
const GROW_OLD_MS = MINUTE / 2;
const LOOK_AGAIN_MS = 10_000;

const city = new City();
const recent = new Recent(city, (thing) => arrived(thing));
const today = new Today(city, () => numbers());
const trend = new Trend(city, () => numbers());
const context = { city, recent, today, trend, near: new Near() };

settle();
translate();
const problem = { text: byId("problem-text"), box: byId("problem"), retry: null };
const domains = new Domains(byId("domains"), byId("spoken"), context);
const list = new List(byId("list"), context);
const map = new CityMap(byId("map"), context);
const detail = new Detail(byId("detail"), { city, onProblem: complain });
const ledger = new Ledger(byId("ledger"), { onProblem: complain, may: () => session.tends });
const alerts = new Alerts(city, { acknowledge, may: () => session.acknowledges });
const tasks = new Tasks(byId("tasks"), { city, lists: [alerts, ...LISTS.map((list) => new Question(list))] });
const buildings = new Buildings(byId("buildings"), context);
const wall = new Wall(byId("wall"), context);
const page = new ThingPage(byId("thing"), {
  city, ranges: recent.ranges, onProblem: complain, acknowledge, may: () => session.acknowledges, reads: () => session.reads,
});
const session = new Session(byId("sign"), byId("sign-in"), () => location.reload());
const live = new Live(city, session, { observations: take, ledger: (document) => ledger.show(document), state: liveState });
const touched = new Set();
const mentioned = new Set();
const numbers = oncePerFrame(() => domains.update());
const draw = oncePerFrame(drawTouched);
let state = "connecting";
let lookedAgain = 0;

/** Say what failed, with a way to try again. */
function complain(error, again) {
  say(problem.text, t(error.status < 500 ? "refusedBy" : "problem", { why: error.message }));
  problem.retry = again;
  problem.box.hidden = false;
}

/** Say no more that something failed. */
function calm() {
  problem.box.hidden = true;
}

byId("retry").addEventListener("click", () => {
  calm();
  problem.retry?.();
});

/** Load everything and begin to listen. */
async function begin() {
  try {
    await Promise.all([session.load(), city.load()]);
  } catch (error) {
    complain(error, begin);
    return;
  }
  byId("ledger").hidden = !session.books;
  build();
  live.start();
  renew();
  if (session.books) keepBooks();
  if (session.reads) tasks.begin();
  if (session.reads) alerts.follow(() => tasks.draw());
  else buildings.begin();
}

/** Let somebody say that they know of an alert. */
function acknowledge(alert, then = () => {}) {
  byId("acknowledge").addEventListener("close", () => setTimeout(keepFocus), { once: true });
  askWhoKnows(byId("acknowledge"), alert, session.name, async (who, comment) => {
    await alerts.say(alert, who, comment);
    tasks.draw();
    then();
  });
}

/** The button that was pressed may be gone: go on where it stood. */
function keepFocus() {
  if (document.activeElement === document.body) byId("tasks").querySelector("[role=tab][aria-selected=true]")?.focus();
}

/** Load the ledger; nobody waits for it. */
function keepBooks() {
  ledger.load().catch((error) => complain(error, keepBooks));
}

/** Ask for the energy of today, for how it was an hour ago, and for what is shown of things in sight, where that is not fresh. */
function renew() {
  if (view.page === PAGE) return;
  today.renew();
  trend.renew();
  buildings.renew();
  map.want();
}

/** Build what is made of words and things: after loading, and for another language. */
function build() {
  if (!city.domains().includes(view.domain)) show({ domain: city.domains()[0] ?? "" });
  mark(byId("city"), "data-domain", view.domain);
  domains.build();
  list.build();
  map.build();
  legend(byId("legend"), view.domain);
  detail.build();
  page.build();
  tasks.build();
  buildings.build();
  tell();
}

/** Take in what the stream or a poll brings. */
function take(document) {
  for (const id of city.take(document)) touched.add(id);
  for (const row of document.observations) mentioned.add(row.thing);
  if ([...touched].some((id) => !city.things.has(id))) lookAgain();
  if (mentioned.size) draw();
  tell();
}

function drawTouched() {
  const ids = new Set(touched);
  const spokenOf = new Set(mentioned);
  touched.clear();
  mentioned.clear();
  for (const id of ids) {
    const thing = city.things.get(id);
    if (!thing) continue;
    recent.grow(thing);
    list.redraw(thing);
  }
  list.touch(ids);
  map.update(ids);
  detail.touch(spokenOf);
  page.touch(spokenOf);
  domains.update();
}

/** Observations of a thing that the page has not met: the catalogue has grown. */
async function lookAgain() {
  if (Date.now() - lookedAgain < LOOK_AGAIN_MS) return;
  lookedAgain = Date.now();
  await city.load().catch(() => {});
  build();
  renew();
}

function arrived(thing) {
  list.redraw(thing);
  map.update([thing.id]);
  list.touch([thing.id]);
}

/** Once the platform is back, what failed is tried again. */
function liveState(now) {
  if (now === "live" && state !== "live" && !problem.box.hidden) byId("retry").click();
  state = now;
  tell();
}

/** Say how alive the page is. */
function tell() {
  const time = city.heard ? clock(city.heard, true) : "";
  const words = { state: t(state), time, n: number(city.perMinute()) };
  mark(byId("live"), "data-state", state);
  say(byId("live-text"), city.heard ? t("liveText", words) : t("liveIdle", words));
}

/** Let time pass: ages grow, things become stale. */
function growOld() {
  renew();
  list.refresh();
  map.refresh();
  detail.refresh();
  page.refresh();
  domains.update();
  tell();
}

/** Beside the page of a thing the city is put away. */
function makeRoom() {
  for (const id of ["city", "domains"]) byId(id).hidden = view.page === PAGE;
}

onView((changed) => {
  if (STEPS.some((name) => changed.has(name))) calm();
  if (changed.has("tint")) legend(byId("legend"), view.domain);
  if (changed.has("page")) {
    makeRoom();
    renew();
  }
  if (!changed.has("domain") || !city.things.size) return;
  mark(byId("city"), "data-domain", view.domain);
  domains.update();
  list.build();
  legend(byId("legend"), view.domain);
});

let attribution = t("attribution");
switches(byId("theme"), byId("language"), () => {
  translate();
  build();
  session.build();
  wall.build();
  ledger.build();
  map.translate(attribution);
  attribution = t("attribution");
});

/** The address tells the view, so that a way within the page must not change it. */
for (const way of document.querySelectorAll(".skip")) {
  way.addEventListener("click", (event) => {
    event.preventDefault();
    byId(way.hash.slice(1)).focus();
  });
}

followLocation();
makeRoom();
ledger.build();
setInterval(growOld, GROW_OLD_MS);
setInterval(tell, MINUTE / 12);
map.ground().catch((error) => complain(error, () => map.ground()));
begin();
