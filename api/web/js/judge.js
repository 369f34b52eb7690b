/** Says what a thing's newest observation means for a person: how full, how bad, how old. */

export const WATCH = 60;
export const ACT = 80;
const SCARCE = 0.25;
const NEARLY_NONE = 0.1;
const HOUR = 3_600_000;
const SUSPECT = 3;

/**
 * Judge a thing. Gives its headline property, result, share (0..1 for a bar, or null), level, age in ms, and whether the
 * observation is too old to be believed (`stale`) or flagged by its quality (`flagged`).
 */
export function judge(thing, city, ranges, now = Date.now()) {
  const property = city.property(city.headline(thing.kind));
  const seen = city.observation(thing.id, property.name);
  const result = seen?.result ?? null;
  const age = seen ? Math.max(0, now - seen.time) : null;
  const verdict = result === null ? { share: null, level: "none" } : weigh(thing, property, result, ranges);
  return {
    ...verdict,
    property,
    result,
    age,
    quality: seen?.quality_name ?? "missing",
    stale: age === null || age > holds(property),
    flagged: (seen?.quality ?? 0) >= SUSPECT,
  };
}

/** In hours; a result is computed after its window has ended. */
const HOLDS = { "15min": 1, hour: 4, day: 96, week: 24 * 18, month: 24 * 66, quarter: 24 * 190, year: 24 * 740 };

/** Give how long an observation of a property may be taken for still true, in ms; an indicator's, two of its windows. */
export function holds(property) {
  if (property.window) return HOLDS[property.window] * HOUR;
  return 1000 * (property.max_hold_seconds ?? 3600);
}

function weigh(thing, property, result, ranges) {
  const weighing = { occupied: spot, available_spot_number: lot, filling_level: container, active_power: meter };
  return (weighing[property.name] ?? plain)(result, thing, ranges);
}

function spot(result) {
  return result >= 0.5 ? { share: 1, level: "taken" } : { share: 0, level: "good" };
}

function lot(free, thing) {
  const capacity = Number(thing.properties.capacity) || 0;
  if (!capacity) return { share: null, level: free > 0 ? "good" : "act" };
  const share = Math.min(1, Math.max(0, free / capacity));
  return { share, level: share < NEARLY_NONE ? "act" : share < SCARCE ? "watch" : "good" };
}

function container(percent) {
  return { share: percent / 100, level: percent >= ACT ? "act" : percent >= WATCH ? "watch" : "good" };
}

/** Weigh power against the meter's own recent range, so that a school and a harbour crane can be compared. */
function meter(kilowatts, thing, ranges) {
  const [low, high] = ranges.get(thing.id) ?? [0, Number(thing.properties.max_power_kw) || kilowatts || 1];
  const share = high > low ? Math.min(1, Math.max(0, (kilowatts - low) / (high - low))) : 0.5;
  return { share, level: share < 1 / 3 ? "low" : share < 2 / 3 ? "middle" : "high" };
}

function plain() {
  return { share: null, level: "good" };
}

/** Tell whether a thing wants a person's look. */
export function wantsLook(judged) {
  return judged.stale || judged.flagged || judged.level === "act";
}
