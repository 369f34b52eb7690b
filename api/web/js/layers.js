/** Fetches what a chart draws: rows of one datastream over a span, as they were said or summed up in windows. */

import { all, get, observations, unlessHousehold } from "./api.js";
import { DAY } from "./format.js";
import { holds } from "./judge.js";
import { gapOf } from "./series.js";
import { stepOf } from "./span.js";

/** How a series is summed up in windows, and which of the functions is drawn. */
const SUMMED = {
  counter: { functions: "increase", drawn: "increase", series: "delta" },
  delta: { functions: "sum", drawn: "sum", series: "delta" },
  event: { functions: "sum", drawn: "sum", series: "delta" },
};
const MEAN = { functions: "mean,min,max", drawn: "mean", series: "gauge" };
const HELD = { functions: "time_weighted_mean,min,max", drawn: "time_weighted_mean", series: "gauge" };

/** Learn which datastreams a thing has, and what they are called. */
export async function streamsOf(city, thing) {
  const [streams] = await Promise.all([all("/v1/datastreams", "datastreams", { thing }), city.open(thing)]).catch(unlessHousehold([[]]));
  for (const stream of streams) city.describe(stream);
  return streams;
}

/** Fetch a layer of a datastream: `{thing, property, rows, step, cut, question}`; the question is what downloads ask, too. */
export async function layerOf(city, stream, span) {
  const property = city.property(stream.observed_property);
  const step = stepOf(stream, property, span);
  const layer = step ? await summedUp(stream, property, span, step) : await asSaid(stream, property, span);
  return { thing: stream.thing, name: property.name, step, ...layer };
}

async function asSaid({ thing }, property, [start, end]) {
  const reach = property.window ? gapOf([], property) : Math.min(holds(property), DAY);
  const page = await observations(thing, property.name, start - reach, end);
  const question = { path: "/v1/observations", query: { thing, property: property.name, ...between(start, end) } };
  return { property, rows: seeded(page.observations, property, start), cut: Boolean(page.next), question };
}

async function summedUp({ thing }, property, [start, end], step) {
  const how = SUMMED[property.series] ?? (property.indicator ? MEAN : HELD);
  const query = { thing, property: property.name, ...between(start, end), step, function: how.functions };
  const { aggregates } = await get("/v1/aggregates", query);
  const rows = aggregates.map((row) => ({
    time: Date.parse(row.start), result: row[how.drawn], low: row.min, high: row.max, samples: row.count, quality: 1, coverage: null,
  }));
  return { property: inWindows(property, step, how), rows, cut: false, question: { path: "/v1/aggregates", query } };
}

/** A mean of codes has no name: of 0 and 1 it is a share. */
function inWindows(property, step, { series }) {
  return { ...property, window: step, series, categories: [], summed: true };
}

function between(start, end) {
  return { from: new Date(start).toISOString(), to: new Date(end).toISOString() };
}

/** Leave out what came before the span, but for the row that is still true at its beginning. */
function seeded(rows, property, start) {
  const first = rows.findIndex((row) => row.time >= start);
  const from = first < 0 ? rows.length : first;
  const seed = property.series === "state" || property.window ? Math.max(0, from - 1) : from;
  return rows.slice(seed);
}

/** Give the address of a layer's rows as a file. */
export function fileOf({ path, query }, format) {
  return `${path}?${new URLSearchParams({ ...query, format })}`;
}
