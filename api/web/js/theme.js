/** Light or dark: as the system prefers, until the person says otherwise; and the language likewise. */

import { language, speak, t } from "./i18n.js";
import { mark } from "./dom.js";
import { icon } from "./icons.js";

const dark = matchMedia("(prefers-color-scheme: dark)");

function kept(name) {
  try {
    return localStorage.getItem(name);
  } catch {
    return null;
  }
}

function keep(name, value) {
  try {
    localStorage.setItem(name, value);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
}

function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : dark.matches;
}

/** Take up what the person chose before, or what the browser prefers. */
export function settle() {
  mark(document.documentElement, "data-theme", kept("theme"));
  speak(kept("language") ?? (navigator.language.startsWith("de") ? "de" : "en"));
}

/** Let the two buttons work; `onLanguage` is called after each change of language. */
export function switches(themeButton, languageButton, onLanguage) {
  const label = () => {
    const next = isDark() ? "toLight" : "toDark";
    themeButton.replaceChildren(icon(next));
    mark(themeButton, "aria-label", t(next));
    mark(themeButton, "title", t(next));
    languageButton.textContent = t("language");
    mark(languageButton, "lang", language() === "de" ? "en" : "de");
    mark(languageButton, "title", t("languageLong"));
    mark(languageButton, "aria-label", t("languageLong"));
  };
  themeButton.addEventListener("click", () => {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    keep("theme", document.documentElement.dataset.theme);
    label();
  });
  languageButton.addEventListener("click", () => {
    speak(language() === "de" ? "en" : "de");
    keep("language", language());
    label();
    onLanguage();
  });
  dark.addEventListener("change", label);
  label();
}
