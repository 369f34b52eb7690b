/** The dialog in which somebody says that they know of an alert. */

import { el, say } from "./dom.js";
import { language, t } from "./i18n.js";

/** Ask who knows of an alert and what is done; `tell(who, comment)` carries it out, and what it refuses is shown. */
export function askWhoKnows(dialog, alert, name, tell) {
  const who = el("input", { id: "ack-who", name: "who", required: "", maxlength: 200, autocomplete: "name", value: name });
  const comment = el("input", { id: "ack-comment", name: "comment", maxlength: 2000 });
  const wrong = el("p", { class: "wrong", role: "alert" });
  const submit = el("button", { type: "submit", class: "tool" }, t("acknowledge"));
  const cancel = el("button", { type: "button", class: "tool", click: () => dialog.close() }, t("cancel"));
  const form = el("form", { method: "dialog" },
    el("h2", { id: "ack-title" }, t("acknowledgeLong")), el("p", {}, alert.reason[language()]),
    el("label", { for: "ack-who" }, t("ackWho")), who, el("label", { for: "ack-comment" }, t("ackComment")), comment,
    wrong, el("div", { class: "tools" }, submit, cancel));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    submit.disabled = true;
    const why = await tell(who.value.trim(), comment.value.trim()).catch((problem) => problem.message);
    submit.disabled = false;
    if (why) say(wrong, why);
    else dialog.close();
  });
  dialog.replaceChildren(form);
  dialog.showModal();
}
