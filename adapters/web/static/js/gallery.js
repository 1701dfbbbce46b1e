// Pictures: places that wait, grids, thumbnails.

import { element, icon } from "./elements.js";
import { stopwatch } from "./times.js";
import { withToken } from "./token.js";
import { view } from "./viewer.js";
import { say } from "./words.js";

const columns = (count) => ({ 1: 1, 2: 2, 4: 2 })[count] ?? 3;

function grid(style, count, key) {
  const made = element("div", { class: style, "data-count": count, "data-key": key });
  made.style.setProperty("--columns", columns(count));
  return made;
}

function shape(tile, width, height) {
  tile.style.setProperty("--ratio", `${width} / ${height}`);
  tile.style.setProperty("--ratio-number", width / height);
}

// `1536x1024` and `16:9` say their shape; `auto`, `2K` and nothing don't, and are mostly square.
function sizeOf(request) {
  const parts = /^(\d+(?:\.\d+)?)[x:](\d+(?:\.\d+)?)$/.exec(request.size ?? "");
  return parts ? [Number(parts[1]), Number(parts[2])] : [1, 1];
}

export function pending(request, startedAt) {
  const made = grid(startedAt ? "gallery drawing" : "gallery", request.n, `pending ${startedAt}`);
  for (let number = 1; number <= request.n; number += 1) {
    const label = say("image_pending", { number, count: request.n });
    const tile = element("div", { class: "tile pending", role: "img", "aria-label": label });
    shape(tile, ...sizeOf(request));
    if (number === request.n && startedAt) tile.append(stopwatch(startedAt));
    made.append(tile);
  }
  return made;
}

function picture(images, index, lazy) {
  const image = images[index];
  const shown = element("img", { alt: image.alt, width: image.width, height: image.height, decoding: "async" });
  if (lazy) shown.loading = "lazy";
  const open = element("button", { type: "button", class: "open", "aria-label": say("enlarge", { alt: image.alt }) }, shown);
  open.addEventListener("click", () => view(images, index));
  const tile = element("div", { class: "tile" }, open);
  shape(tile, image.width, image.height);
  shown.addEventListener("load", () => shown.classList.add("loaded"));
  shown.addEventListener("error", () => tile.replaceChildren(element("p", { class: "gone" }, say("image_gone"))));
  shown.src = withToken(image.url);
  return tile;
}

export function gallery(images) {
  const made = grid("gallery", images.length, images.map((image) => image.url).join(" "));
  images.forEach((image, index) => {
    const tile = picture(images, index, false);
    if (images.length > 1) {
      const label = say("download_which", { number: index + 1 });
      tile.append(element("a", { class: "save", href: withToken(image.download), download: "", "aria-label": label, title: label }, icon("download")));
    }
    made.append(tile);
  });
  return made;
}

export function thumbnails(images) {
  const made = grid("thumbs", Math.max(images.length, 1));
  made.append(...(images.length ? images.map((_, index) => picture(images, index, true)) : [icon("show")]));
  return made;
}
