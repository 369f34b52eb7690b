/** Says what each line of a chart is, gives its rows as files, and as a table for those who do not look at charts. */

import { el } from "./dom.js";
import { moment, number, percent, value } from "./format.js";
import { language, t, title } from "./i18n.js";
import { fileOf } from "./layers.js";

const FORMATS = [["csv", "CSV"], ["parquet", "Parquet"]];
const MOST_ROWS = 200;

/** Name what a layer shows; where several things are drawn with the thing's name. */
export function lineTitle(layer, city, several) {
  const property = title(layer.property);
  const words = layer.step ? `${property}, ${t(`step:${layer.step}`, { how: t(`how:${layer.property.series}`) })}` : property;
  return several ? `${city.things.get(layer.thing)?.name ?? layer.thing}: ${words}` : words;
}

/** List the lines, each with its rows as files. */
export function lines(layers) {
  return el("ul", { class: "lines", "aria-label": t("lines") }, ...layers.map((layer) => el("li", { class: layer.place, "data-thing": layer.thing, "data-property": layer.name },
    el("span", { class: "line-name" }, layer.title),
    el("span", { class: "files" }, ...FORMATS.map(([format, name]) => el("a", {
      href: fileOf(layer.question, format), download: "", lang: language(), "aria-label": t("fileOf", { format: name, line: layer.title }),
    }, name))))));
}

/** Give the newest rows of each layer as tables, made when they are opened. */
export function asTables(layers) {
  const shown = el("details", { class: "facts as-table" }, el("summary", {}, t("asTable")));
  shown.addEventListener("toggle", () => {
    if (shown.open && shown.children.length === 1) shown.append(...layers.map(table));
  });
  return shown;
}

function table({ rows, property, title: name }) {
  const newest = rows.slice(-MOST_ROWS).reverse();
  const heads = [t("colTime"), t("colResult"), t("colCoverage"), t("colFlag")].map((word) => el("th", { scope: "col" }, word));
  const cells = (row) => [value(row.result, property), row.coverage === null ? "–" : percent(row.coverage), property.summed ? "–" : t(row.quality_name)];
  const lines = newest.map((row) => el("tr", {}, el("th", { scope: "row" }, moment(row.time)), ...cells(row).map((cell) => el("td", {}, cell))));
  const caption = rows.length > MOST_ROWS ? t("newestOf", { name, n: number(MOST_ROWS), m: number(rows.length) }) : name;
  return el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    el("table", { class: "rows" }, el("caption", {}, caption), el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...lines)));
}
