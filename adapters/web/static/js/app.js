// The page's parts, put together.

import * as api from "./api.js";
import * as composer from "./composer.js";
import { promptEditor } from "./editor.js";
import { byId } from "./elements.js";
import { prepareLanguages, takeDraft } from "./languages.js";
import { latest } from "./latest.js";
import { prepareLive } from "./live.js";
import { refreshQuota } from "./quota.js";
import { tick } from "./times.js";
import * as turns from "./turns.js";
import { readTyped, toType } from "./typed.js";
import { prepareViewer } from "./viewer.js";
import { learn, say } from "./words.js";

const MOST_JOBS_AT_FIRST = 12;
let older = null;
let unsent = null;

const newKey = () => crypto.randomUUID();
const sentence = (error) => (error instanceof api.Refused ? error.lines : [[{ kind: "text", text: say("not_sent") }]]);

const refresh = latest(async (jobId) => {
  try {
    turns.showJob(await api.job(jobId), press);
  } catch (error) {
    if (error.status === 404) turns.remove(jobId); // It was deleted. Without an answer now, it is asked for again soon.
  }
});

const refreshOpen = () => turns.openJobs().forEach((jobId) => refresh(jobId));

async function take(turn, answer) {
  if (answer.job) {
    turns.adopt(turn, answer.job);
    await refresh(answer.job);
    refreshQuota();
  } else if (answer.reply) {
    turns.answer(turn, answer.reply, press);
  } else {
    turns.forget(turn);
  }
}

async function send(text, options) {
  // Sent again after a lost answer, it carries the key of the first time: the bot then makes no second job of it.
  const same = unsent && unsent.text === text && JSON.stringify(unsent.options) === JSON.stringify(options);
  const body = same ? unsent : { text, options, key: newKey() };
  unsent = null;
  const { command, rest } = readTyped(text);
  const turn = turns.begin(command === "imagine" && rest ? rest : text);
  try {
    await take(turn, await api.command(body));
  } catch (error) {
    turns.refuse(turn, sentence(error));
    const mayBeSentAgain = !(error instanceof api.Refused);
    if (mayBeSentAgain) unsent = body;
    if ((mayBeSentAgain || error.status === 400) && composer.isEmpty()) composer.write(text);
  }
}

async function press(button, node) {
  if (button.action === "page" || button.action === "search") return turnPage(button, node);
  if (button.action === "edit") return openEditor(button, node);
  if (button.action === "reuse") return reuse(button);
  if (button.action === "all") return showWholePrompt(button, node);
  // Not `disabled`, which would take the focus away from people with a keyboard.
  if (node.ariaDisabled) return;
  node.ariaDisabled = "true";
  try {
    if (button.action === "again") return await again(button.argument, { undo: true });
    const answer = await api.press(button.argument, button.action, button.action === "delete" ? { undo: true } : {});
    if (["show", "here"].includes(button.action) && answer.reply) turns.focus(turns.answer(turns.begin(""), answer.reply, press));
    else await refresh(button.argument);
    refreshQuota();
  } catch (error) {
    turns.refuse(turns.begin(""), sentence(error));
    refresh(button.argument);
  } finally {
    node.ariaDisabled = null;
  }
}

async function again(jobId, body) {
  const turn = turns.begin(body.prompt ?? "");
  try {
    await take(turn, await api.press(jobId, "again", { ...body, key: newKey() }));
    turns.focus(turn);
  } catch (error) {
    turns.refuse(turn, sentence(error));
  }
}

async function reuse(button) {
  try {
    composer.reuse(await api.job(button.argument));
  } catch (error) {
    turns.refuse(turns.begin(""), sentence(error));
  }
}

async function showWholePrompt(button, node) {
  try {
    const { request } = await api.job(button.argument);
    turns.expand(node, request.prompt);
  } catch (error) {
    turns.refuse(turns.begin(""), sentence(error));
  }
}

async function openEditor(button, node) {
  const turn = turns.turnOf(node);
  try {
    const { form } = await api.press(button.argument, "edit");
    const editor = promptEditor(form, {
      oncancel: () => editor.done(),
      onsend: (prompt) => {
        editor.done();
        again(form.job, { prompt });
      },
    });
    turns.edit(turn, editor, press);
    editor.ready();
  } catch (error) {
    turns.refuse(turns.begin(""), sentence(error));
  }
}

async function turnPage(button, node) {
  try {
    const { reply } = await api.command({ text: `/history ${button.argument}` });
    turns.focus(turns.answer(turns.turnOf(node), reply, press));
  } catch (error) {
    turns.refuse(turns.begin(""), sentence(error));
  }
}

async function showOlder() {
  const page = await api.jobs(older);
  page.jobs.forEach((job) => turns.showJob(job, press));
  older = page.older;
  byId("earlier").hidden = !older;
  return page.jobs;
}

// The page has an address for each job of this person: `#job=1A2B3C4D`.
async function showAddressed() {
  const number = /^#job=([0-9A-Fa-f]+)$/.exec(location.hash)?.[1];
  if (!number) return;
  try {
    const job = await api.job(number);
    turns.showJob(job, press);
    turns.goTo(job.job);
  } catch (error) {
    turns.refuse(turns.begin(""), sentence(error));
  }
}

// What changed while nobody listened: the newest page of jobs.
async function catchUp() {
  refreshOpen();
  refreshQuota();
  const page = await api.jobs().catch(() => null); // Without an answer, the next connection catches up.
  page?.jobs.forEach((job) => turns.showJob(job, press));
}

// The page may be loaded while the bot starts. A visitor who is refused doesn't wait, but reads why.
async function patiently(ask) {
  for (;;) {
    try {
      return await ask();
    } catch (error) {
      byId("offline").hidden = false;
      if (error.status === 403) {
        byId("offline").textContent = error.message;
        throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 2000));
    }
  }
}

async function start() {
  prepareLanguages();
  const offer = await patiently(api.options);
  learn(offer.words);
  prepareViewer();
  composer.prepareComposer(offer, send);
  const draft = takeDraft();
  if (draft) composer.write(draft);
  byId("history").addEventListener("click", () => send("/history", {}));
  byId("quota").addEventListener("click", () => send("/quota", {}));
  byId("earlier").addEventListener("click", () => showOlder());
  for (const example of document.querySelectorAll(".example")) {
    example.addEventListener("click", () => composer.replace(example.textContent));
  }
  const jobs = [];
  do {
    jobs.push(...(await patiently(showOlder)));
  } while (older && jobs.length < MOST_JOBS_AT_FIRST);
  jobs.reverse().forEach((job) => composer.remember(toType(job.typed)));
  byId("welcome").hidden = !turns.isEmpty();
  byId("offline").hidden = true;
  byId("log").removeAttribute("aria-busy");
  turns.scrollToEnd();
  turns.followTheEnd();
  addEventListener("hashchange", showAddressed);
  refreshQuota();
  prepareLive({
    caughtUp: catchUp,
    changed: (jobId) => {
      if (jobId) refresh(jobId);
      else refreshOpen();
      refreshQuota();
    },
    look: refreshOpen,
  });
  setInterval(tick, 1000);
  byId("prompt").focus();
  await showAddressed();
}

start();
