/** The map: a calm ground drawn from facts, and every thing where it stands. Leaflet comes as the global `L`. */

import { get } from "./api.js";
import { mark } from "./dom.js";
import { t } from "./i18n.js";
import { judge } from "./judge.js";
import { Labels } from "./labels.js";
import { Pin } from "./pin.js";
import { spread } from "./spread.js";
import { onView, show, view } from "./view.js";

const ROSTOCK = [[54.053, 12.028], [54.2, 12.222]];
const EDGE = 0.6;
const RADIUS_PX = { parking_lot: 18, parking_spot: 6.5, energy_meter: 12 };
const OTHER_RADIUS_PX = 10.5;
/** Marks are drawn smaller on a map narrower than this. */
const FULL_SIZE_FROM_PX = 620;
const SMALLEST = 0.68;
/** Room for names above the city and the attribution below it. */
const FIT = { animate: false, paddingTopLeft: [0, 10], paddingBottomRight: [0, 24] };

export class CityMap {
  #pins = new Map();
  #labels = null;

  constructor(host, context) {
    Object.assign(this, context);
    this.map = L.map(host, { zoomSnap: 0.25, minZoom: 10, maxZoom: 17, zoomControl: false, maxBoundsViscosity: EDGE, wheelPxPerZoomLevel: 120 });
    this.map.attributionControl.setPrefix(false).addAttribution(t("attribution"));
    this.map.createPane("labels").style.pointerEvents = "none";
    this.map.getPane("labels").style.zIndex = 450;
    this.#controls();
    this.#frame();
    new ResizeObserver(() => this.#resized()).observe(host);
    onView((changed) => this.#follow(changed));
    this.map.on("zoomend", () => this.#arrange());
  }

  #controls() {
    this.zoom = L.control.zoom({ position: "topright", zoomInTitle: t("zoomIn"), zoomOutTitle: t("zoomOut") }).addTo(this.map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(this.map);
  }

  #frame() {
    this.map.fitBounds(ROSTOCK, FIT);
    this.map.setMaxBounds(L.latLngBounds(ROSTOCK).pad(EDGE));
    this.#untouched = true;
    this.map.on("dragstart zoomstart", () => (this.#untouched = false));
  }

  #untouched = true;
  #marks = 1;

  /** Keep the whole city in sight while nobody has moved the map. */
  #resized() {
    const untouched = this.#untouched;
    this.#marks = Math.min(1, Math.max(SMALLEST, this.map.getContainer().clientWidth / FULL_SIZE_FROM_PX));
    this.map.getContainer().style.setProperty("--marks", this.#marks);
    this.map.invalidateSize({ animate: false });
    if (untouched) this.map.fitBounds(ROSTOCK, FIT);
    this.#untouched = untouched;
    this.#arrange();
  }

  /** Draw the districts. */
  async ground() {
    const districts = await get("/web/districts.geojson");
    L.geoJSON(districts, { interactive: false, style: () => ({ className: "district" }) }).addTo(this.map).bringToBack();
    this.#labels = new Labels(this.map, districts.features);
    this.#arrange();
  }

  /** Put every thing on the map. */
  build() {
    for (const { marker } of this.#pins.values()) marker.remove();
    this.#pins = new Map([...this.city.things.values()].map((thing) => [thing.id, this.#place(thing)]));
    this.update(this.#pins.keys());
    this.#choose();
  }

  #place(thing) {
    const pin = new Pin(thing);
    const icon = L.divIcon({ html: pin.element, className: "pin-host", iconSize: [0, 0] });
    const marker = L.marker([thing.location.latitude, thing.location.longitude], { icon, riseOnHover: true, zIndexOffset: thing.kind === "parking_lot" ? 500 : 0 });
    const open = () => show({ domain: thing.domain, thing: thing.id, property: "" });
    marker.on("click", open);
    marker.on("keypress", (event) => event.originalEvent.key === "Enter" && open());
    marker.bindTooltip(() => pin.note(this.#judge(thing)), { direction: "top", offset: [0, -14] });
    marker.addTo(this.map);
    return { pin, marker };
  }

  #judge(thing) {
    return judge(thing, this.city, this.recent.ranges);
  }

  /** Show what is new of some things. */
  update(ids) {
    for (const id of ids) {
      const { pin } = this.#pins.get(id) ?? {};
      pin?.update(this.#judge(pin.thing));
    }
  }

  /** Show everything anew, as when time has passed. */
  refresh() {
    this.update(this.#pins.keys());
  }

  #follow(changed) {
    if (changed.has("domain") || changed.has("thing")) this.#choose();
    if (changed.has("thing") && view.thing) this.#reveal();
  }

  /** Let the domain in view stand out, and the chosen thing in it. */
  #choose() {
    for (const [id, { pin, marker }] of this.#pins) {
      const away = pin.thing.domain !== view.domain;
      mark(pin.element, "data-away", away && "true");
      mark(pin.element, "data-chosen", id === view.thing && "true");
      mark(marker.getElement(), "tabindex", away ? "-1" : "0");
      marker.setZIndexOffset(away ? -1000 : id === view.thing ? 1000 : pin.thing.kind === "parking_lot" ? 500 : 0);
    }
    this.#arrange();
  }

  /** Move the marks of the domain in view apart at this zoom, and the names around them. */
  #arrange() {
    const shown = [...this.#pins.values()].filter(({ pin }) => pin.thing.domain === view.domain);
    const marks = shown.map(({ pin, marker }) => ({ ...this.map.project(marker.getLatLng()), radius: this.#marks * (RADIUS_PX[pin.thing.kind] ?? OTHER_RADIUS_PX) }));
    const moves = spread(marks.map(({ x, y, radius }) => ({ x, y, radius })));
    shown.forEach(({ pin }, i) => pin.move(...moves[i]));
    this.#labels?.place(marks.map(({ x, y, radius }, i) => [x + moves[i][0] - radius, y + moves[i][1] - radius, x + moves[i][0] + radius, y + moves[i][1] + radius]));
  }

  #reveal() {
    const { marker } = this.#pins.get(view.thing) ?? {};
    if (marker) this.map.panInside(marker.getLatLng(), { padding: [60, 60] });
  }

  /** Put the map's words into the language in use. */
  translate(before) {
    this.map.attributionControl.removeAttribution(before).addAttribution(t("attribution"));
    this.zoom.remove();
    this.zoom = L.control.zoom({ position: "topright", zoomInTitle: t("zoomIn"), zoomOutTitle: t("zoomOut") }).addTo(this.map);
    this.#labels?.translate();
    this.refresh();
  }
}
