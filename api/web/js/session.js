/** Who looks at the page: the public, or whoever has shown a key; signing in and out. */

import { get, send } from "./api.js";
import { el, mark, say } from "./dom.js";
import { t } from "./i18n.js";

export class Session {
  #about = { name: null, sees: "public", scopes: [] };

  /** `onChange` is called when somebody has signed in or out. */
  constructor(button, dialog, onChange) {
    Object.assign(this, { button, dialog, onChange });
    button.addEventListener("click", () => (this.#about.name ? this.#leave() : this.#ask()));
  }

  /** Find out who looks. */
  async load() {
    this.#about = await get("/v1/session");
    this.build();
  }

  /** Whether the books of the whole city may be read. */
  get books() {
    return this.#about.sees === "city" && this.#about.scopes.includes("books");
  }

  /** Whether lists of what is to be done may be read. */
  get reads() {
    return this.#about.scopes.includes("read");
  }

  /** Whether alerts may be acknowledged. */
  get acknowledges() {
    return this.#about.scopes.includes("alerts");
  }

  /** Whether messages in quarantine may be read again. */
  get tends() {
    return this.books && this.#about.scopes.includes("catalogue");
  }

  /** The name of the key that was shown, or none. */
  get name() {
    return this.#about.name ?? "";
  }

  /** Say it in the language in use. Where everything is shown to everybody and there is no key, nothing is asked for. */
  build() {
    const { name, sees, keys } = this.#about;
    this.button.hidden = !name && sees !== "public" && !keys;
    say(this.button, t(name ? "signOut" : "signIn"));
    mark(this.button, "title", name ? t("signedIn", { name }) : t("signInLong"));
  }

  #ask() {
    const key = el("input", { type: "password", name: "key", id: "key", autocomplete: "current-password", required: "true" });
    const wrong = el("p", { class: "wrong", role: "alert" });
    const form = el("form", { method: "dialog" },
      el("label", { for: "key" }, t("keyLabel")), key, wrong,
      el("div", { class: "tools" }, el("button", { type: "submit", class: "tool" }, t("signIn")), el("button", { type: "button", class: "tool", click: () => this.dialog.close() }, t("cancel"))));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#enter(key.value.trim(), wrong);
    });
    this.dialog.replaceChildren(form);
    this.dialog.showModal();
  }

  async #enter(key, wrong) {
    const why = await this.#send("POST", { key });
    if (why) say(wrong, why);
    else this.dialog.close();
  }

  async #leave() {
    await this.#send("DELETE");
  }

  async #send(method, body) {
    try {
      await send(method, "/v1/session", body);
      await this.load();
    } catch (problem) {
      return problem.message;
    }
    this.onChange();
    return "";
  }
}
