// Moments in the reader's own zone and in the page's language, and clocks that run.

import { element } from "./elements.js";
import { locale, number, twoDigits } from "./locale.js";

const clock = new Intl.DateTimeFormat(locale, { hour: "2-digit", minute: "2-digit" });
const full = new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" });
const relative = new Intl.RelativeTimeFormat(locale, { numeric: "auto" });
const UNITS = [["day", 86400], ["hour", 3600], ["minute", 60], ["second", 1]];

function ago(at) {
  const seconds = (at - Date.now()) / 1000;
  const [unit, size] = UNITS.find(([, each]) => Math.abs(seconds) >= each) ?? UNITS.at(-1);
  // Unicode's data has a space before the unit in Japanese; nobody writes it.
  return relative.format(Math.trunc(seconds / size), unit).replace(/(?<=\d)\s(?=\p{Script=Han})/u, "");
}

function elapsed(since) {
  const seconds = Math.max(0, Math.floor((Date.now() - since) / 1000));
  return `${number.format(Math.floor(seconds / 60))}:${twoDigits.format(seconds % 60)}`;
}

export function moment(at, shown) {
  const date = new Date(at);
  const made = element("time", { datetime: at, title: full.format(date) });
  made.textContent = shown === "relative" ? ago(date) : full.format(date);
  if (shown === "relative") made.dataset.relative = at;
  return made;
}

export function timeOfDay(at) {
  const date = new Date(at);
  const sameDay = date.toDateString() === new Date().toDateString();
  return element("time", { datetime: at, title: full.format(date) }, (sameDay ? clock : full).format(date));
}

export function stopwatch(since) {
  const made = element("span", { class: "elapsed", "aria-hidden": "true" });
  made.dataset.since = since;
  made.textContent = elapsed(new Date(since));
  return made;
}

export function tick() {
  for (const each of document.querySelectorAll("[data-since]")) each.textContent = elapsed(new Date(each.dataset.since));
  for (const each of document.querySelectorAll("[data-relative]")) each.textContent = ago(new Date(each.dataset.relative));
}
