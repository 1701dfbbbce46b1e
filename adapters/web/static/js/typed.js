// What was typed, as far as the page has to understand it. The bot reads it again, and its reading counts.

const COMMAND = /^\/([A-Za-z]\w*)(?:\s+([\s\S]*))?$/;
const FLAG = /(?:^|\s)(?:--|—|–)([A-Za-z][\w-]*)(?:[=\s]+(\S+))?/g;

export function readTyped(text) {
  const command = COMMAND.exec(text.trim());
  return command ? { command: command[1].toLowerCase(), rest: (command[2] ?? "").trim() } : { command: "imagine", rest: text.trim() };
}

// The flags in the text, by name; they count more than the controls.
export function flagsIn(text) {
  const flags = new Map();
  const upTo = text.search(/(?:^|\s)--(?=\s|$)/);
  for (const [, name, value] of (upTo < 0 ? text : text.slice(0, upTo)).matchAll(FLAG)) {
    flags.set(name.toLowerCase().replaceAll("-", "_"), value ?? "");
  }
  if (flags.has("ar")) flags.set("size", flags.get("ar"));
  return flags;
}

export function mirrored(text, options) {
  const { command, rest } = readTyped(text);
  const flags = Object.entries(options).map(([name, value]) => ` --${name} ${value}`);
  return `/${command}${rest ? ` ${rest.replace(/\s+/g, " ")}` : ""}${command === "imagine" ? flags.join("") : ""}`;
}
