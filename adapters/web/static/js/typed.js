// What was typed, as far as the page has to understand it. The bot reads it again, and its reading counts.

import { visible, wordsOf } from "./visible.js";

const COMMAND = /^\/([A-Za-z]\w*)$/;
const BEGUN = /^\/\w*$/;
const FLAG = /^([\p{Pd}\u2212]{1,2})([A-Za-z][\w\p{Pd}\u2212]*)(?:=([^]*))?$/u;
const DASH = /[\p{Pd}\u2212]/gu;
const ENDS_THE_FLAGS = "--";

const firstOf = (text) => wordsOf(text)[0] ?? { seen: "", end: 0 };

export function readTyped(text) {
  const first = firstOf(text);
  const command = COMMAND.exec(first.seen);
  return command
    ? { command: command[1].toLowerCase(), rest: text.slice(first.end).trim() }
    : { command: "imagine", rest: text.trim() };
}

// The command that is being typed, as `/im`; nothing once there is more than that.
export function begun(text) {
  const seen = visible(text);
  return BEGUN.test(seen) ? seen.toLowerCase() : "";
}

function flagOf(word, known) {
  const [, dashes, typed, joined] = FLAG.exec(word.seen) ?? [];
  const name = typed?.replace(DASH, "-").toLowerCase().replaceAll("-", "_");
  if (known.has(name)) return { name, joined };
  return dashes === ENDS_THE_FLAGS ? { joined } : null; // A mistake, and never a value.
}

// The flags in the text, by name; they count more than the controls.
export function flagsIn(text, known) {
  const words = wordsOf(text);
  const last = words.findIndex((each) => each.seen === ENDS_THE_FLAGS);
  const unread = last < 0 ? words : words.slice(0, last);
  const flags = new Map();
  while (unread.length) {
    const flag = flagOf(unread.shift(), known);
    if (!flag) continue;
    const follows = flag.name && flag.joined === undefined && unread.length > 0 && !flagOf(unread[0], known);
    const value = follows ? unread.shift().seen : (flag.joined ?? "");
    if (flag.name) flags.set(flag.name, value);
  }
  if (flags.has("ar")) flags.set("size", flags.get("ar"));
  return flags;
}

const asFlags = (options) => Object.entries(options).map(([name, value]) => `--${name} ${value}`);

// What to type for a prompt and options. A lone `--` that leads the prompt would end the flags; a slash, make it a command.
export function toType(prompt, options = {}) {
  const flags = asFlags(options);
  const text = (prompt.startsWith(`${ENDS_THE_FLAGS} `) ? [...flags, prompt] : [prompt, ...flags]).join(" ");
  return COMMAND.test(firstOf(text).seen) ? `/imagine ${text}` : text;
}

export function mirrored(text, options) {
  const { command, rest } = readTyped(text);
  const words = [`/${command}`, rest.replace(/\s+/g, " "), ...(command === "imagine" ? asFlags(options) : [])];
  return words.filter(Boolean).join(" ");
}
