// The options as controls. They follow the chosen model: what it doesn't take isn't there.

import { byId, element } from "./elements.js";
import { flagsIn } from "./typed.js";
import { say } from "./words.js";

const KEPT = "imagine-options";
let offer = { models: [], options: [], default_model: "" };
let chosen = {};
let changed = () => {};
let flagNames = new Set();

const modelNamed = (name) => offer.models.find((each) => each.name === name);
const currentModel = () => modelNamed(chosen.model) ?? modelNamed(offer.default_model) ?? { name: "", options: {} };
const described = (each) => (each.description ? `${each.name} – ${each.description}` : each.name);
const pretty = (value) => value.replace(/^(\d+)x(\d+)$/, "$1 × $2");

function select(option, values, current) {
  const made = element("select", { name: option.name, title: option.description });
  for (const [value, label] of values) made.append(element("option", { value, selected: value === current }, label));
  made.addEventListener("change", () => choose(option.name, made.value));
  const isChosen = current !== "" && !(option.name === "n" && current === "1");
  return element("label", { class: isChosen ? "control chosen" : "control" }, element("span", {}, option.label), made);
}

function choices(option, model) {
  if (option.name === "model") {
    return offer.models.map((each) => [each.name === offer.default_model ? "" : each.name, described(each)]);
  }
  const values = model.options[option.name] ?? [];
  if (option.name === "n") return values.map((value) => [value === "1" ? "" : value, value]);
  return values.length ? [["", say("standard")], ...values.map((value) => [value, pretty(value)])] : [];
}

function choose(name, value) {
  if (value) chosen[name] = value;
  else delete chosen[name];
  draw();
  byId("controls").querySelector(`[name="${name}"]`)?.focus();
  localStorage.setItem(KEPT, JSON.stringify(chosen));
  changed();
}

function draw() {
  const model = currentModel();
  const made = [];
  const names = new Set(offer.options.map((option) => option.name));
  chosen = Object.fromEntries(Object.entries(chosen).filter(([name]) => names.has(name)));
  for (const option of offer.options) {
    const values = choices(option, model);
    if (!values.some(([value]) => value === chosen[option.name])) delete chosen[option.name];
    if (values.length > 1) made.push(select(option, values, chosen[option.name] ?? ""));
  }
  const count = Object.keys(chosen).length;
  if (count) made.push(element("button", { type: "button", class: "reset", onclick: reset }, say("reset")));
  byId("controls").replaceChildren(...made);
  byId("options-text").textContent = count ? say("options_chosen", { count }) : say("options");
}

function reset() {
  chosen = {};
  localStorage.removeItem(KEPT);
  draw();
  byId("prompt").focus();
  changed();
}

// Puts options into the controls, in place of what was chosen; returns those that no control has.
export function takeUp(options) {
  const isDefault = { model: offer.default_model, n: "1" };
  const wanted = Object.entries(options).filter(([name, value]) => value !== isDefault[name]);
  chosen = Object.fromEntries(wanted);
  draw();
  localStorage.setItem(KEPT, JSON.stringify(chosen));
  changed();
  return Object.fromEntries(wanted.filter(([name]) => !(name in chosen)));
}

function fold(folded) {
  byId("controls").classList.toggle("folded", folded);
  byId("options-toggle").setAttribute("aria-expanded", String(!folded));
}

// The options that go with a text: typed flags win, and what the model they name doesn't take stays away.
export function optionsFor(text) {
  const flags = flagsIn(text, flagNames);
  const model = modelNamed(flags.get("model")) ?? currentModel();
  const fits = ([name, value]) => !flags.has(name) && (name === "model" || model.options[name]?.includes(value));
  return Object.fromEntries(Object.entries(chosen).filter(fits));
}

export function prepareControls(served, onchange) {
  offer = served;
  flagNames = new Set([...served.options.map((each) => each.name), "ar"]);
  changed = onchange;
  try {
    chosen = { ...JSON.parse(localStorage.getItem(KEPT) ?? "{}") };
  } catch {
    chosen = {};
  }
  draw();
  fold(matchMedia("(max-width: 46rem)").matches);
  byId("options-toggle").addEventListener("click", () => fold(!byId("controls").classList.contains("folded")));
}
