// The switch between languages works without a script. With this one it behaves like a menu, and typed text is kept.

import { byId } from "./elements.js";

const DRAFT = "imagine-draft";
const EDITED_MS = 500;

export function takeDraft() {
  const draft = sessionStorage.getItem(DRAFT) ?? "";
  sessionStorage.removeItem(DRAFT);
  return draft;
}

const keepDraft = () => sessionStorage.setItem(DRAFT, byId("prompt").value);

// A prompt that is being edited would be lost.
function follow() {
  if (document.querySelector(".editor")) return setTimeout(follow, EDITED_MS);
  keepDraft();
  location.reload();
}

// Every page of the browser follows, since the bot's next answers to each are in the language that was chosen.
function followOthers() {
  const language = document.documentElement.lang;
  const channel = new BroadcastChannel("imagine-language");
  channel.addEventListener("message", ({ data }) => data !== language && follow());
  channel.postMessage(language);
}

export function prepareLanguages() {
  const switcher = byId("languages");
  if (!switcher) return;
  followOthers();
  switcher.addEventListener("submit", keepDraft);
  switcher.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !switcher.open) return;
    switcher.open = false;
    switcher.querySelector("summary").focus();
  });
  document.addEventListener("click", (event) => {
    if (!switcher.contains(event.target)) switcher.open = false;
  });
}
