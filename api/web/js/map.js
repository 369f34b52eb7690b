/** The map: a calm ground drawn from facts, and every thing where it stands. Leaflet comes as the global `L`. */

import { get } from "./api.js";
import { t } from "./i18n.js";
import { Labels } from "./labels.js";
import { Pins } from "./pins.js";
import { onView, view } from "./view.js";

const ROSTOCK = [[54.053, 12.028], [54.2, 12.222]];
const EDGE = 0.6;
/** Marks are drawn smaller on a map narrower than this. */
const FULL_SIZE_FROM_PX = 620;
const SMALLEST = 0.68;
/** On a wall they are read from across the room. */
const LARGEST_ON_WALL = 1.6;
/** Room for names above the city and the attribution below it. */
const FIT = { animate: false, paddingTopLeft: [0, 10], paddingBottomRight: [0, 24] };

export class CityMap {
  #labels = null;
  #here = null;

  constructor(host, context) {
    Object.assign(this, context);
    this.map = L.map(host, { zoomSnap: 0.25, minZoom: 10, maxZoom: 17, zoomControl: false, maxBoundsViscosity: EDGE, wheelPxPerZoomLevel: 120 });
    this.map.attributionControl.setPrefix(false).addAttribution(t("attribution"));
    this.map.createPane("labels").style.pointerEvents = "none";
    this.map.getPane("labels").style.zIndex = 450;
    this.#pins = new Pins(this.map, context);
    this.#controls();
    this.#frame();
    new ResizeObserver(() => this.#resized()).observe(host);
    onView((changed) => this.#follow(changed));
    this.near.onMove(() => this.#stand());
    this.map.on("moveend", () => this.#arrange());
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
  #pins;

  /** Keep the whole city in sight while nobody has moved the map. */
  #resized() {
    const untouched = this.#untouched;
    this.#pins.scale = Math.min(view.wall ? LARGEST_ON_WALL : 1, Math.max(SMALLEST, this.map.getContainer().clientWidth / FULL_SIZE_FROM_PX));
    this.map.getContainer().style.setProperty("--marks", this.#pins.scale);
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
    this.#pins.build();
    this.#arrange();
  }

  /** Show what is new of some things. */
  update(ids) {
    this.#pins.update(ids);
  }

  /** Show everything anew, as when time has passed. */
  refresh() {
    this.#pins.refresh();
  }

  /** Ask for the range of the meters in sight. */
  want() {
    this.#pins.want();
  }

  #follow(changed) {
    if (changed.has("domain") || changed.has("thing")) this.#arrange();
    if (changed.has("tint")) this.refresh();
    if (changed.has("thing") && view.thing) this.#reveal();
  }

  /** Draw the marks in sight, and the names around them. */
  #arrange() {
    const marks = this.#pins.arrange();
    this.#labels?.place(marks);
  }

  #reveal() {
    const { location } = this.city.things.get(view.thing) ?? {};
    if (location) this.map.panInside([location.latitude, location.longitude], { padding: [60, 60] });
  }

  /** Show where one is, with how far off that may be, and bring it into sight; or show it no more. */
  #stand() {
    this.#here?.remove();
    this.#here = this.near.known ? here(this.near.here).addTo(this.map) : null;
    if (this.#here) this.map.panInside([this.near.here.latitude, this.near.here.longitude], { padding: [80, 80] });
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

function here({ latitude, longitude, accuracy }) {
  const at = [latitude, longitude];
  const dot = L.circleMarker(at, { radius: 7, className: "here", interactive: true, bubblingMouseEvents: false });
  dot.bindTooltip(() => t("here"), { direction: "top", offset: [0, -8] });
  return L.layerGroup([L.circle(at, { radius: accuracy || 0, className: "here-about", interactive: false }), dot]);
}
