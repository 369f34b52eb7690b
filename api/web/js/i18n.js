/** The page's words in German and English. What the API says in both languages is taken from there. */

import { LEDGER_WORDS } from "./ledger_words.js";
import { TASK_WORDS } from "./task_words.js";
import { THING_WORDS } from "./thing_words.js";

const WORDS = {
  ...LEDGER_WORDS,
  ...TASK_WORDS,
  ...THING_WORDS,
  skip: ["Zur Liste", "Skip to the list"],
  map: ["Karte", "Map"],
  retry: ["Erneut versuchen", "Try again"],
  language: ["EN", "DE"],
  languageLong: ["Switch to English", "Auf Deutsch umschalten"],
  toDark: ["Dunkle Darstellung", "Dark theme"],
  toLight: ["Helle Darstellung", "Light theme"],
  close: ["Schließen", "Close"],
  signIn: ["Anmelden", "Sign in"],
  signInLong: ["Mit einem Schlüssel mehr sehen als das Öffentliche", "See more than what is public, with a key"],
  signOut: ["Abmelden", "Sign out"],
  signedIn: ["Angemeldet mit dem Schlüssel „{name}“", "Signed in with the key ‘{name}’"],
  keyLabel: ["Schlüssel, wie `smilecity keys new` ihn gezeigt hat", "Key, as `smilecity keys new` showed it"],
  cancel: ["Abbrechen", "Cancel"],
  connecting: ["Verbinde …", "Connecting …"],
  live: ["Live", "Live"],
  polling: ["Wird abgefragt", "Polling"],
  offline: ["Keine Verbindung", "No connection"],
  liveText: ["{state} · {time} Uhr · {n} Beobachtungen/min", "{state} · {time} · {n} observations/min"],
  liveIdle: ["{state} · noch nichts Neues", "{state} · nothing new yet"],

  parking: ["Parken", "Parking"],
  waste: ["Abfall", "Waste"],
  energy: ["Energie", "Energy"],
  domains: ["Bereiche", "Domains"],
  freeNow: ["freie Plätze in Parkhäusern", "free spaces in car parks"],
  ofCapacity: ["von {n} frei", "of {n} are free"],
  spotsFree: ["einzelne Stellplätze frei", "single spaces free"],
  above80: ["Behälter über 80 %", "containers above 80 %"],
  fullSoon: ["voll binnen 24 h", "full within 24 h"],
  meanFill: ["mittlerer Füllstand", "mean filling level"],
  powerNow: ["Leistung jetzt", "power now"],
  energyToday: ["heute bezogen", "used today"],
  metersSilent: ["Zähler stumm", "meters silent"],
  thingsSeen: ["Objekte", "things"],
  spokenParking: ["{n} freie Plätze.", "{n} free spaces."],
  spokenWaste: ["{n} Behälter über 80 Prozent.", "{n} containers above 80 percent."],
  spokenEnergy: ["{n} Leistung.", "{n} of power."],

  search: ["Suchen …", "Search …"],
  searchLabel: ["Liste durchsuchen", "Search the list"],
  allDistricts: ["Alle Ortsteile", "All districts"],
  allKinds: ["Alle Arten", "All kinds"],
  attention: ["Nur Auffällige", "Needs attention"],
  "near:parking": ["Frei in meiner Nähe", "Free near me"],
  "near:waste": ["Mit Platz in meiner Nähe", "With room near me"],
  nearWait: ["Standort wird bestimmt …", "Finding out where you are …"],
  nearFound: ["{n} mit Platz, die nächsten zuerst; Luftlinie.", "{n} with room, the nearest first; as the crow flies."],
  nearRefused: ["Der Browser gibt den Standort nicht frei. In seinen Einstellungen lässt sich das ändern.", "The browser does not tell where you are. Its settings can change that."],
  nearUnknown: ["Der Standort lässt sich nicht bestimmen.", "It cannot be found out where you are."],
  nearLate: ["Der Standort ließ sich nicht rechtzeitig bestimmen. Bitte noch einmal drücken.", "Finding out where you are took too long. Press again."],
  nearInsecure: ["Browser nennen den Standort nur Seiten mit HTTPS.", "Browsers tell where you are to pages with HTTPS only."],
  shown: ["{n} von {m}", "{n} of {m}"],
  wall: ["Für die Wand", "For the wall"],
  wallLeave: ["Wandanzeige verlassen (Esc)", "Leave the wall display (Esc)"],
  buildings: ["Energie öffentlicher Gebäude", "Energy of public buildings"],
  buildingsWhen: ["Strom am {day}, je Quadratmeter Nutzfläche, gegen denselben Wochentag davor", "Electricity on {day}, by floor area, against the same weekday before"],
  buildingsTotal: ["in {n} Gebäuden", "in {n} buildings"],
  "change:more": ["{n} mehr", "{n} more"],
  "change:less": ["{n} weniger", "{n} less"],
  "change:same": ["wie in der Vorwoche", "as a week before"],
  changeUnknown: ["Vorwoche unbekannt", "week before unknown"],
  "trend:up": ["mehr als vor einer Stunde: {before}", "more than an hour ago: {before}"],
  "trend:down": ["weniger als vor einer Stunde: {before}", "less than an hour ago: {before}"],
  "trend:same": ["wie vor einer Stunde: {before}", "as an hour ago: {before}"],
  here: ["Sie sind hier", "You are here"],
  cluster: ["{n} Objekte, {m} auffällig", "{n} things, {m} need attention"],
  further: ["Weitere zeigen", "Show more"],
  noMatch: ["Nichts passt zu diesem Filter.", "Nothing matches this filter."],
  clear: ["Filter aufheben", "Clear the filter"],
  colName: ["Ort", "Place"],
  colValue: ["Jetzt", "Now"],
  colDay: ["24 h", "24 h"],
  colAge: ["Alter", "Age"],
  noThings: ["Noch keine Objekte.", "No things yet."],
  noThingsHint: ["So kommen sie hinein:", "Add them with:"],
  noThingsSimulated: ["Oder mit einer simulierten Stadt beginnen:", "Or begin with a simulated city:"],
  noThingsHere: ["In diesem Bereich gibt es keine Objekte.", "There are no things in this domain."],

  free: ["frei", "free"],
  occupied: ["belegt", "occupied"],
  off: ["aus", "off"],
  on: ["an", "on"],
  open: ["offen", "open"],
  closed: ["geschlossen", "closed"],
  available: ["frei", "available"],
  preparing: ["wird vorbereitet", "preparing"],
  charging: ["lädt", "charging"],
  suspended: ["pausiert", "suspended"],
  finished: ["fertig geladen", "finished"],
  reserved: ["reserviert", "reserved"],
  out_of_service: ["außer Betrieb", "out of service"],
  noValue: ["kein Wert", "no value"],
  stale: ["veraltet", "out of date"],
  staleSince: ["veraltet: zuletzt vor {age}", "out of date: last heard {age} ago"],
  ago: ["vor {age}", "{age} ago"],
  justNow: ["eben", "now"],
  good: ["gut", "good"],
  unknown: ["nicht geprüft", "not checked"],
  suspect: ["zweifelhaft", "suspect"],
  fail: ["unmöglich", "impossible"],
  missing: ["fehlt", "missing"],
  ofN: ["von {n}", "of {n}"],

  legendQuality: ["Güte der jüngsten Beobachtung", "Quality of the newest observation"],
  tintState: ["Zustand", "State"],
  tintQuality: ["Güte", "Quality"],
  tintLabel: ["Farben der Karte", "Colours of the map"],
  failOrMissing: ["unmöglich oder fehlt", "impossible or missing"],
  legendParking: ["Parkhäuser: freie Plätze", "Car parks: free spaces"],
  legendWaste: ["Füllstand", "Filling level"],
  legendEnergy: ["Leistung, gemessen an den letzten 24 h", "Power, against its own last 24 h"],
  plenty: ["viele frei", "plenty"],
  scarce: ["unter 25 %", "below 25 %"],
  nearlyNone: ["unter 10 %", "below 10 %"],
  spotFree: ["Platz frei", "space free"],
  spotTaken: ["Platz belegt", "space taken"],
  below60: ["unter 60 %", "below 60 %"],
  from60: ["60–80 %", "60–80 %"],
  from80: ["über 80 %", "above 80 %"],
  low: ["gering", "low"],
  middle: ["mittel", "medium"],
  high: ["hoch", "high"],
  others: ["andere Bereiche", "other domains"],
  attribution: [
    "Ortsteile genähert nach OpenData.HRO (Hansestadt Rostock, CC BY 4.0)",
    "Districts approximated from OpenData.HRO (Hansestadt Rostock, CC BY 4.0)",
  ],
  sea: ["Ostsee", "Baltic Sea"],
  river: ["Unterwarnow", "Unterwarnow"],
  wholeCity: ["Ganze Stadt", "Whole city"],
  zoomIn: ["Vergrößern", "Zoom in"],
  zoomOut: ["Verkleinern", "Zoom out"],

  measured: ["Gemessen", "Measured"],
  indicators: ["Indikatoren", "Indicators"],
  span: ["Zeitraum", "Span"],
  property: ["Größe", "Property"],
  facts: ["Fakten", "Facts"],
  nowValues: ["Aktuelle Werte", "Current values"],
  loading: ["Lädt …", "Loading …"],
  noObservations: ["Keine Beobachtungen in diesem Zeitraum.", "No observations in this span."],
  noneYet: ["Noch keine Beobachtungen.", "No observations yet."],
  coverage: ["Abdeckung {n}", "coverage {n}"],
  samples: ["{n} Proben", "{n} samples"],
  belowCoverage: ["zu wenig bekannt", "too little is known"],
  gap: ["Lücke", "gap"],
  chartLabel: ["{title}: {n} Werte, zuletzt {last}", "{title}: {n} values, the last {last}"],
  chartHint: ["Pfeiltasten bewegen die Ablesung.", "Arrow keys move the read-out."],
  flagged: ["{n} auffällig", "{n} flagged"],
  truncated: ["Nur die ersten {n} Werte sind gezeigt.", "Only the first {n} values are shown."],
  operator: ["Betreiber", "Operator"],
  district: ["Ortsteil", "District"],
  location: ["Lage", "Location"],
  openData: ["Offene Daten", "Open data"],
  yes: ["ja", "yes"],
  no: ["nein", "no"],
  definition: ["Definition", "Definition"],
  version: ["Fassung", "version"],
  capacity: ["Kapazität", "Capacity"],
  distance_empty_mm: ["Abstand leer", "Distance when empty"],
  distance_full_mm: ["Abstand voll", "Distance when full"],
  capacity_l: ["Volumen", "Volume"],
  fraction: ["Fraktion", "Fraction"],
  floor_area_m2: ["Nutzfläche", "Floor area"],
  max_power_kw: ["Anschlussleistung", "Connection"],
  counter_modulus_kwh: ["Zählerüberlauf", "Register wraps at"],
  glass: ["Glas", "glass"],
  paper: ["Papier", "paper"],
  residual: ["Restabfall", "residual"],
  litter: ["Papierkorb", "litter bin"],
  packaging: ["Verpackungen", "packaging"],
  organic: ["Bioabfall", "organic"],
  textiles: ["Alttextilien", "textiles"],
  notFound: ["Das Objekt „{id}“ gibt es nicht (mehr).", "There is no thing “{id}” (any more)."],

  refusedBy: ["Die Plattform lehnt das ab: {why}", "The platform refuses: {why}"],
  skipTasks: ["Zu dem, was zu tun ist", "Skip to what is to be done"],
  skipMap: ["Zur Karte", "Skip to the map"],
  problem: ["Die Plattform antwortet nicht: {why}", "The platform does not answer: {why}"],
  unreachable: [
    "Der Server ist nicht erreichbar. Läuft »smilecity up«?",
    "The server cannot be reached. Is “smilecity up” running?",
  ],
  unreadable: ["Die Antwort ist kein JSON (Status {status}).", "The answer is not JSON (status {status})."],
};

const WINDOWS = {
  "15min": ["15 min", "15 min"], hour: ["Stunde", "hour"], day: ["Tag", "day"],
  week: ["Woche", "week"], month: ["Monat", "month"], quarter: ["Quartal", "quarter"], year: ["Jahr", "year"],
};

let column = 0;

/** Give the language in use: ``de`` or ``en``. */
export function language() {
  return column === 0 ? "de" : "en";
}

/** Choose a language. */
export function speak(tongue) {
  column = tongue === "de" ? 0 : 1;
  document.documentElement.lang = language();
}

/** Give a word or sentence with its ``{blanks}`` filled; a key without translation is shown as it is. */
export function t(key, blanks = {}) {
  const sentence = WORDS[key]?.[column] ?? key;
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => blanks[name] ?? whole);
}

/** Tell whether there is a word for a key. */
export function known(key) {
  return Object.hasOwn(WORDS, key);
}

/** Give the title of a kind, property or indicator in the language in use. */
export function title(declared) {
  return (column === 0 ? declared.title_de : declared.title) || declared.title || declared.name;
}

/** Give the name of an indicator's window. */
export function windowName(window) {
  return WINDOWS[window]?.[column] ?? window;
}

/** Put words into the parts of the page that stand still. */
export function translate(root = document) {
  for (const part of root.querySelectorAll("[data-i18n]")) part.textContent = t(part.dataset.i18n);
  for (const part of root.querySelectorAll("[data-i18n-label]")) part.setAttribute("aria-label", t(part.dataset.i18nLabel));
}
