/** The questions of operators that the API answers with a list, each with its reasons; one entry here makes one more list. */

import { language } from "./i18n.js";

const LEVEL = { overflow: "act", full_soon: "watch", visit: "act", watch: "watch", blocked: "act", check: "none" };

const said = (row) => (language() === "de" ? row.reason_de : row.reason);

/** `path` is asked; `rows`, `looked` and `reason` read the answer: a list, how many were looked at (null: not told), and why one is in it. */
export const LISTS = [
  { name: "collection", path: "/v1/collection", rows: ({ stops }) => stops, looked: ({ containers }) => containers, why: (row) => row.why, reason: said },
  { name: "visits", path: "/v1/visits", rows: ({ visits }) => visits, looked: () => null, why: (row) => row.state, reason: reasons },
  { name: "blocked", path: "/v1/blocked", rows: ({ blocked }) => blocked, looked: (answer) => answer.looked_at, why: (row) => row.why, reason: said },
];

function reasons(row) {
  return (language() === "de" ? row.reasons_de : row.reasons).join("; ");
}

/** Give what the panel shows of one row: `{key, thing, name, where, level, word, reason}`. */
export function entryOf(list, row) {
  const why = list.why(row);
  return {
    key: row.thing,
    thing: row.thing,
    name: row.name,
    where: [row.district, row.operator].filter(Boolean).join(" · "),
    level: LEVEL[why] ?? "none",
    word: `why:${why}`,
    reason: list.reason(row),
  };
}
