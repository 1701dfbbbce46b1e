// The words of the person's language; all come from the server.

import { number } from "./locale.js";

let words = {};

export function learn(served) {
  words = served;
}

const written = (value) => (typeof value === "number" ? number.format(value) : value);

export function say(name, places = {}) {
  return (words[name] ?? "").replace(/\{(\w+)\}/g, (whole, place) => written(places[place] ?? whole));
}
