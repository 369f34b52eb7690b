/** The words of what is to be done, in German and English. */

export const TASK_WORDS = {
  tasks: ["Zu tun", "To do"],
  collection: ["Morgen leeren", "Empty tomorrow"],
  visits: ["Hinfahren", "Needs a visit"],
  blocked: ["Jetzt blockiert", "Blocked now"],
  taskCount: ["{name}: {n} Einträge", "{name}: {n} entries"],
  asOf: ["Stand {time} Uhr", "as of {time}"],
  collectionLooked: ["{n} Behälter betrachtet", "{n} containers looked at"],
  blockedLooked: ["{n} Flächen betrachtet", "{n} zones looked at"],
  collectionNone: ["Kein Behälter wird vor seiner nächsten Tour voll.", "No container will be full before its next round."],
  visitsNone: ["Alle Sensoren sind wohlauf.", "All sensors are well."],
  blockedNone: ["Nichts ist blockiert.", "Nothing is blocked."],
  taskFailed: ["Diese Liste ist nicht zu haben: {why}", "This list cannot be had: {why}"],
  showAll: ["Alle {n} zeigen", "Show all {n}"],
  "why:overflow": ["läuft über", "overflows"],
  "why:full_soon": ["bald voll", "full soon"],
  "why:check": ["nachsehen", "look at it"],
  "why:visit": ["hinfahren", "visit"],
  "why:watch": ["beobachten", "watch"],
  "why:blocked": ["blockiert", "blocked"],
};
