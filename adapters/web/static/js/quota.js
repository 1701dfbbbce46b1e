// What is left, always in sight.

import * as api from "./api.js";
import { byId } from "./elements.js";
import { latest } from "./latest.js";

export const refreshQuota = latest(async () => {
  const served = await api.quota().catch(() => null);
  if (!served) return; // The number of before stays; the line about the lost connection says why.
  const chip = byId("quota");
  const { left, quota } = served;
  byId("quota-text").textContent = served.label;
  chip.title = served.reply?.text ?? "";
  chip.classList.toggle("empty", left === 0);
  chip.style.setProperty("--spent", quota ? 100 - (100 * left) / quota : 100);
  chip.hidden = false;
});
