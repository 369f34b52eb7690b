/** The map: a calm ground drawn from facts, and every thing where it stands. Leaflet comes as the global `L`. */

import { get } from "./api.js";
import { mark } from "./dom.js";
import { t } from "./i18n.js";
import { judge } from "./judge.js";
import { Labels } from "./labels.js";
import { Pin } from "./pin.js";
import { onView, show, view } from "./view.js";

const ROSTOCK = [[54.053, 12.028], [54.2, 12.222]];
const EDGE = 0.6;

export class CityMap {
  #pins = new Map();
  #labels = null;

  constructor(host, context) {
    Object.assign(this, context);
    this.map = L.map(host, { zoomSnap: 0.25, minZoom: 10, maxZoom: 18, zoomControl: false, maxBoundsViscosity: EDGE, wheelPxPerZoomLevel: 120 });
    this.map.attributionControl.setPrefix(false).addAttribution(t("attribution"));
    this.map.createPane("labels").style.pointerEvents = "none";
    this.map.getPane("labels").style.zIndex = 450;
    this.#controls();
    this.#frame();
    new ResizeObserver(() => this.#resized()).observe(host);
    onView((changed) => this.#follow(changed));
  }

  #controls() {
    this.zoom = L.control.zoom({ position: "topright", zoomInTitle: t("zoomIn"), zoomOutTitle: t("zoomOut") }).addTo(this.map);
    L.control.scale({ imperial: false, position: "bottomleft" }).addTo(this.map);
  }

  #frame() {
    this.map.fitBounds(ROSTOCK, { animate: false });
    this.map.setMaxBounds(L.latLngBounds(ROSTOCK).pad(EDGE));
    this.#untouched = true;
    this.map.on("dragstart zoomstart", () => (this.#untouched = false));
  }

  #untouched = true;

  /** Keep the whole city in sight while nobody has moved the map. */
  #resized() {
    const untouched = this.#untouched;
    this.map.invalidateSize({ animate: false });
    if (!untouched) return;
    this.map.fitBounds(ROSTOCK, { animate: false });
    this.#untouched = true;
  }

  /** Draw the districts. */
  async ground() {
    const districts = await get("/web/districts.geojson");
    L.geoJSON(districts, { interactive: false, style: () => ({ className: "district" }) }).addTo(this.map).bringToBack();
    this.#labels = new Labels(this.map, districts.features);
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
    marker.on("click", () => show({ domain: thing.domain, thing: thing.id, property: "" }));
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
