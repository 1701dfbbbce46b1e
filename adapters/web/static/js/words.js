// The words of the person's language; all come from the server.

let words = {};

export function learn(served) {
  words = served;
}

export function say(name, places = {}) {
  return (words[name] ?? "").replace(/\{(\w+)\}/g, (whole, place) => places[place] ?? whole);
}
