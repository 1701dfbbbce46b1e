// The viewer: a dialog, so that the browser keeps the focus inside, closes it on Escape, and gives the focus back.

import { byId } from "./elements.js";
import { withToken } from "./token.js";

let images = [];
let index = 0;

function show(at) {
  index = (at + images.length) % images.length;
  const image = images[index];
  byId("viewer-image").src = withToken(image.url);
  byId("viewer-image").alt = image.alt;
  byId("viewer-caption").textContent = image.alt;
  byId("viewer-download").href = withToken(image.download);
}

export function view(all, at) {
  images = all;
  for (const id of ["viewer-previous", "viewer-next"]) byId(id).hidden = all.length < 2;
  show(at);
  byId("viewer").showModal();
}

export function prepareViewer() {
  const viewer = byId("viewer");
  byId("viewer-close").addEventListener("click", () => viewer.close());
  byId("viewer-previous").addEventListener("click", () => show(index - 1));
  byId("viewer-next").addEventListener("click", () => show(index + 1));
  viewer.addEventListener("click", (event) => {
    if (event.target === viewer) viewer.close();
  });
  viewer.addEventListener("keydown", (event) => {
    if (event.key === "ArrowLeft") show(index - 1);
    if (event.key === "ArrowRight") show(index + 1);
  });
  viewer.addEventListener("close", () => byId("viewer-image").removeAttribute("src"));
}
