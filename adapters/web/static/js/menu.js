// The slash menu: commands that fit what is typed so far.

import { byId, element } from "./elements.js";
import { begun } from "./typed.js";

let commands = [];
let fitting = [];
let active = 0;
let dismissed = "";

const isOpen = () => !byId("menu").hidden;

function draw(onchoose) {
  const prompt = byId("prompt");
  byId("menu").replaceChildren(
    ...fitting.map((each, index) =>
      element(
        "li",
        { id: `menu-${index}`, role: "option", "aria-selected": String(index === active), onmousedown: (event) => {
          event.preventDefault();
          onchoose(each.name, true);
        } },
        element("b", {}, each.label),
        element("span", {}, each.description),
      ),
    ),
  );
  byId("menu").hidden = fitting.length === 0;
  if (fitting.length) prompt.setAttribute("aria-activedescendant", `menu-${active}`);
  else prompt.removeAttribute("aria-activedescendant");
}

// Gives { update, key }: what to do when the text changed, and whether a key was the menu's.
export function prepareMenu(served, onchoose) {
  commands = served;
  const update = () => {
    const text = byId("prompt").value;
    const typed = text === dismissed ? "" : begun(text);
    if (text !== dismissed) dismissed = "";
    fitting = typed ? commands.filter((each) => each.label.startsWith(typed)) : [];
    active = 0;
    draw(onchoose);
  };
  const close = () => {
    fitting = [];
    draw(onchoose);
  };
  const key = (event) => {
    if (!isOpen()) return false;
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step) {
      active = (active + step + fitting.length) % fitting.length;
      draw(onchoose);
    } else if (event.key === "Tab" || (event.key === "Enter" && !event.shiftKey)) {
      onchoose(fitting[active].name, event.key === "Enter");
    } else if (event.key === "Escape") {
      dismissed = byId("prompt").value;
      close();
    } else {
      return false;
    }
    event.preventDefault();
    return true;
  };
  byId("prompt").addEventListener("blur", close);
  return { update, key };
}
