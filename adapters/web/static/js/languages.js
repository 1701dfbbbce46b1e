// The switch between languages works without a script. With this one it behaves like a menu, and typed text is kept.

import { byId } from "./elements.js";

const DRAFT = "imagine-draft";

export function takeDraft() {
  const draft = sessionStorage.getItem(DRAFT) ?? "";
  sessionStorage.removeItem(DRAFT);
  return draft;
}

export function prepareLanguages() {
  const switcher = byId("languages");
  if (!switcher) return;
  switcher.addEventListener("submit", () => sessionStorage.setItem(DRAFT, byId("prompt").value));
  switcher.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !switcher.open) return;
    switcher.open = false;
    switcher.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!switcher.contains(event.target)) switcher.open = false;
  });
}
