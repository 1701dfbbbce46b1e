// Lines of typed spans, as paragraphs.

import { element } from "./elements.js";
import { moment } from "./times.js";

function span(part) {
  switch (part.kind) {
    case "user":
      return element("span", { class: "user-text", dir: "auto" }, part.text);
    case "code":
      return element("code", {}, part.text);
    case "strong":
      return element("strong", {}, part.text);
    case "person":
      return element("b", {}, part.text);
    case "moment":
      return moment(part.at, part.shown);
    case "link":
      return element("a", { href: part.url, target: "_blank", rel: "noopener noreferrer" }, part.text);
    default:
      return document.createTextNode(part.text);
  }
}

export function paragraph(line, style) {
  return element("p", { class: style }, ...line.map(span));
}

export function lines(all) {
  return element("div", { class: "lines" }, ...all.map((line) => paragraph(line)));
}
