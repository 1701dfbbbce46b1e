// The composer: typing, the keys, and prompts brought back.

import { isComposing } from "./composing.js";
import { optionsFor, prepareControls, takeUp } from "./controls.js";
import { byId } from "./elements.js";
import { prepareMenu } from "./menu.js";
import { begun, mirrored, readTyped, toType } from "./typed.js";
import { isBlank } from "./visible.js";

const said = [];
let recalled = -1;
let menu;
let send;

export function remember(text) {
  if (text && said.at(-1) !== text) said.push(text);
  recalled = -1;
}

export function write(text) {
  const prompt = byId("prompt");
  prompt.value = text;
  changed();
  prompt.focus();
  prompt.setSelectionRange(text.length, text.length);
}

// Writes a whole text; what it takes the place of is kept, as if it had been sent.
export function replace(text) {
  remember(byId("prompt").value.trim());
  write(text);
}

export function reuse(job) {
  replace(toType(job.typed, takeUp(job.options)));
}

export const isEmpty = () => byId("prompt").value === "";

function changed() {
  const prompt = byId("prompt");
  prompt.style.height = "auto";
  prompt.style.height = `${prompt.scrollHeight}px`;
  byId("send").disabled = isBlank(prompt.value);
  menu.update();
  showMirror();
}

function showMirror() {
  const text = byId("prompt").value;
  const options = optionsFor(text);
  const worthIt = !begun(text) && (!isBlank(text) || Object.keys(options).length > 0);
  byId("mirror").textContent = worthIt ? mirrored(text, options) : "";
  byId("mirror").title = byId("mirror").textContent;
}

function submit() {
  const text = byId("prompt").value.trim();
  if (isBlank(text)) return;
  const options = readTyped(text).command === "imagine" ? optionsFor(text) : {};
  remember(text);
  write("");
  send(text, options);
}

function chooseCommand(name, entered) {
  const needsMore = name === "imagine";
  write(needsMore ? `/${name} ` : `/${name}`);
  if (entered && !needsMore) submit();
}

function recall(event) {
  const prompt = byId("prompt");
  const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
  const browsing = recalled >= 0 && prompt.value === said.at(-1 - recalled);
  if (!step || !(prompt.value === "" || browsing) || (step < 0 && recalled < 0)) return;
  event.preventDefault();
  recalled = Math.min(said.length - 1, recalled + step);
  const at = recalled;
  write(at < 0 ? "" : said.at(-1 - at));
  recalled = at;
}

function key(event) {
  if (isComposing(event) || menu.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey) {
    event.preventDefault();
    submit();
  } else {
    recall(event);
  }
}

export function prepareComposer(served, onsend) {
  send = onsend;
  menu = prepareMenu(served.commands, chooseCommand);
  prepareControls(served, showMirror);
  byId("prompt").addEventListener("input", changed);
  byId("prompt").addEventListener("keydown", key);
  byId("composer").addEventListener("submit", (event) => {
    event.preventDefault();
    submit();
  });
  changed();
}
