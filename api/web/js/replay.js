/** Has messages in quarantine read again by the worker that holds the store, and follows how far it has come. */

import { get, send } from "./api.js";
import { number } from "./format.js";
import { t } from "./i18n.js";

const LOOK_MS = 500;
/** For how long a worker may make no progress before one is told that none does. */
const PATIENCE_MS = 20_000;

const pause = (milliseconds) => new Promise((go) => setTimeout(go, milliseconds));

/** Read again what `choice` names (`{}` for all); `told` gets a sentence now and then. Gives whether it was finished. */
export async function replay(choice, told) {
  let request = await send("POST", "/v1/quarantine/replays", choice);
  let moved = Date.now();
  told(words(request));
  while (!request.finished && Date.now() - moved < PATIENCE_MS) {
    await pause(LOOK_MS);
    const now = await get(`/v1/quarantine/replays/${request.id}`);
    if (now.messages + now.left !== request.messages + request.left) moved = Date.now();
    request = now;
    told(words(request));
  }
  if (!request.finished) told(t("replayWaits"));
  return request.finished;
}

function words({ finished, messages, observations, left }) {
  const blanks = { n: number(messages), m: number(observations), k: number(left) };
  if (!finished) return t("replayRuns", blanks);
  if (left) return t("replayLeft", blanks);
  return t(messages ? "replayDone" : "replayNothing", blanks);
}
