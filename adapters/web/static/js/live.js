// Keeps the page up to date: server-sent events while it is seen, and a slow look at open jobs behind them.

import { byId } from "./elements.js";
import { withToken } from "./token.js";

const LOOK_SECONDS = 2.5;
const AGAIN_SECONDS = 2;
const REPLACED_SECONDS = 60;
let source = null;
let waiting = null;

function connect(handlers) {
  clearTimeout(waiting);
  source?.close();
  source = new EventSource(withToken("/api/events"));
  source.addEventListener("ready", () => {
    byId("offline").hidden = true;
    handlers.caughtUp();
  });
  source.addEventListener("job", (event) => handlers.changed(JSON.parse(event.data).job));
  // Newer windows follow instead. This one looks at its open jobs, and is back as soon as somebody comes to it.
  source.addEventListener("replaced", () => {
    source.close();
    waiting = setTimeout(() => connect(handlers), REPLACED_SECONDS * 1000);
  });
  source.addEventListener("error", () => {
    byId("offline").hidden = false;
    // A browser gives up for good on an answer that isn't a stream, such as one during a restart.
    if (source.readyState === EventSource.CLOSED) waiting = setTimeout(() => connect(handlers), AGAIN_SECONDS * 1000);
  });
}

// A browser keeps six connections to one address; a page that nobody sees gives its own back.
function follow(handlers) {
  if (document.hidden) {
    clearTimeout(waiting);
    source?.close();
  } else {
    connect(handlers);
  }
}

export function prepareLive(handlers) {
  follow(handlers);
  document.addEventListener("visibilitychange", () => follow(handlers));
  addEventListener("focus", () => source?.readyState === EventSource.CLOSED && follow(handlers));
  addEventListener("pagehide", () => source?.close());
  addEventListener("pageshow", (event) => event.persisted && connect(handlers));
  setInterval(() => document.hidden || handlers.look(), LOOK_SECONDS * 1000);
}
