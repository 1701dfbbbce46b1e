// The inline editor for a prompt.

import { isComposing } from "./composing.js";
import { element } from "./elements.js";
import { say } from "./words.js";

let count = 0;

export function promptEditor(form, { onsend, oncancel }) {
  const id = `editor-${(count += 1)}`;
  const text = element("textarea", { id, maxlength: form.max_length });
  text.value = form.prompt;
  const send = element("button", { type: "submit", class: "pill primary" }, form.submit);
  const cancel = element("button", { type: "button", class: "pill" }, say("form_cancel"));
  const made = element(
    "form",
    { class: "editor", "aria-label": form.title },
    element("label", { for: id }, form.label),
    text,
    element("div", { class: "actions" }, send, cancel),
  );
  made.addEventListener("submit", (event) => {
    event.preventDefault();
    onsend(text.value);
  });
  cancel.addEventListener("click", () => oncancel());
  made.addEventListener("keydown", (event) => {
    if (isComposing(event)) return;
    if (event.key === "Escape") oncancel();
    if (event.key === "Enter" && !event.shiftKey && event.target === text) {
      event.preventDefault();
      made.requestSubmit();
    }
  });
  made.ready = () => {
    text.focus();
    text.setSelectionRange(text.value.length, text.value.length);
  };
  return made;
}
