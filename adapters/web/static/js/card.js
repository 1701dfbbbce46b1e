// What stands in a card: a job in any of its states, another reply, or a refusal.

import { element, icon } from "./elements.js";
import { gallery, pending, thumbnails } from "./gallery.js";
import { lines, paragraph } from "./spans.js";
import { withToken } from "./token.js";
import { say } from "./words.js";

const WAITING = new Set(["queued", "generating"]);
const BAD = new Set(["failed", "unknown"]);

export function button(each, onpress) {
  const properties = { type: "button", class: "pill", "data-action": each.action, title: each.help };
  if (each.spoken) properties["aria-label"] = each.spoken;
  const made = element("button", properties, icon(each.icon ?? each.action), each.label);
  made.addEventListener("click", () => onpress(each, made));
  return made;
}

// What can be drawn again can be put back into the composer, too: that is the page's own button, and costs nothing.
const reuse = ({ argument }) => ({ action: "reuse", argument, label: say("reuse"), help: say("reuse_help") });
const withReuse = (each) => (each.action === "again" ? [each, reuse(each)] : [each]);

export function actions(buttons, onpress, extra = null) {
  return element("div", { class: "actions" }, ...buttons.flatMap(withReuse).map((each) => button(each, onpress)), extra);
}

const asUndo = (each) => (each.action === "cancel" ? { ...each, label: say("undo"), icon: "undo" } : each);

// The person's own bubble says already who asked for what.
const saysWhoAsked = (line) => line.some((part) => part.kind === "person");

// Once nothing has to be pressed in a hurry, its number leads to the page's address of the job.
function foot(line, ended) {
  const made = paragraph(line, "made-with");
  const number = made.lastElementChild?.textContent ?? "";
  if (ended && number.startsWith("#")) made.lastElementChild.replaceWith(element("a", { href: `#job=${number.slice(1)}` }, number));
  return made;
}

function progress(job) {
  const made = element("div", { class: "lines" });
  for (const line of job.reply.lines.filter((each) => !saysWhoAsked(each))) {
    if (line.some((part) => part.kind === "user")) made.append(paragraph(line, "revised"));
    else if (BAD.has(job.status)) made.append(warning([line]));
    else if (WAITING.has(job.status)) made.append(element("div", { class: "state" }, dots(), paragraph(line)));
    else made.append(paragraph(line));
  }
  made.append(foot(job.reply.foot, job.ended));
  return made;
}

export function dots() {
  return element("span", { class: "dots", "aria-hidden": "true" }, element("i"), element("i"), element("i"));
}

export function warning(all) {
  return element("div", { class: "notice state" }, icon("warning"), lines(all));
}

function leaving(job, onpress) {
  const undo = { action: "restore", argument: job.job, label: say("undo"), icon: "undo" };
  return [element("p", { class: "undo-help" }, say("deleting_help")), actions([undo], onpress)];
}

export function jobCard(job, onpress) {
  if (job.deleting) return leaving(job, onpress);
  const { images } = job.reply;
  const shown = job.reply.buttons.filter(({ action }) => action !== "all"); // the bubble above has the whole prompt
  const buttons = job.undo ? shown.map(asUndo) : shown;
  const single = images.length === 1 ? images[0] : null;
  const download = single
    ? element("a", { class: "pill", href: withToken(single.download), download: "" }, icon("download"), say("download"))
    : null;
  const parts = [progress(job), actions(buttons, onpress, download)];
  if (job.undo) parts.splice(1, 0, element("p", { class: "undo-help" }, say("undo_help")));
  if (WAITING.has(job.status)) parts.unshift(pending(job.request, job.started_at));
  if (images.length) parts.unshift(gallery(images));
  return parts;
}

// A list can be searched: what is sent takes its place.
function searchBox(words, onpress) {
  const field = element("input", { type: "search", class: "pill", placeholder: say("search"), "aria-label": say("search") });
  field.value = words;
  const form = element("form", { class: "search", role: "search" }, field);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    onpress({ action: "search", argument: field.value }, form);
  });
  return form;
}

export function replyCard(reply, onpress) {
  const parts = [lines(reply.lines)];
  if (reply.foot.length) parts[0].append(foot(reply.foot, true));
  if (reply.images.length) parts.unshift(gallery(reply.images));
  if (reply.entries.length) {
    parts.push(element("ul", { class: "entries" }, ...reply.entries.map((each) => entry(each, onpress))));
  }
  parts.push(actions(reply.buttons, onpress));
  if (typeof reply.search === "string") parts.splice(1, 0, searchBox(reply.search, onpress));
  return parts;
}

function entry(each, onpress) {
  const text = element("div", { class: "entry-text" }, lines(each.lines), actions(each.buttons, onpress));
  return element("li", { class: "entry" }, thumbnails(each.images), text);
}
