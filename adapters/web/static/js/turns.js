// The conversation: turns in order of time, each a person's bubble and the bot's card.

import { jobCard, replyCard, warning, dots } from "./card.js";
import { byId, element } from "./elements.js";
import { timeOfDay } from "./times.js";
import { say } from "./words.js";

const jobTurns = new Map();
const NEAR_THE_END = 160;
const SETTLE_MS = 700;
const SPENDING = '[data-action="again"], [data-action="delete"]';

function nearTheEnd() {
  const scroller = byId("scroller");
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < NEAR_THE_END;
}

export function scrollToEnd() {
  const scroller = byId("scroller");
  scroller.scrollTo({ top: scroller.scrollHeight, behavior: "instant" });
}

// Changes the page, and stays at its end if that is where the person was.
function keepingPlace(change) {
  const follow = nearTheEnd();
  change();
  if (follow) scrollToEnd();
}

// The composer grows over the conversation, and pictures come in: the end stays in sight for people who were there.
export function followTheEnd() {
  const scroller = byId("scroller");
  let atEnd = true;
  scroller.addEventListener("scroll", () => (atEnd = nearTheEnd()), { passive: true });
  const observer = new ResizeObserver(() => atEnd && scrollToEnd());
  observer.observe(scroller);
  observer.observe(byId("log"));
}

function newTurn(text, at) {
  const card = element("section", { class: "card", tabindex: "-1", "aria-label": say("name") });
  const turn = element("article", { class: "turn" });
  const mine = element("div", { class: "mine", dir: "auto", hidden: !text }, text);
  turn.append(mine, element("div", { class: "theirs" }, element("img", { class: "avatar", src: "/static/icon.svg", alt: "" }), card));
  turn.at = at;
  return turn;
}

const cardOf = (turn) => turn.querySelector(".card");

// Pictures that are there already stay, so that they don't fade in again with every change of the words.
function kept(card, part) {
  const old = card.querySelector(":scope > .gallery");
  return old && old.dataset.key && old.dataset.key === part.dataset?.key ? old : part;
}

// A key press for *Stop* must not press what took its place: the focus stays on the same button or link, or on the card.
// A picture that stays loses the focus, too, while the card is empty for a moment.
function keepFocus(card, focused) {
  const { action } = focused.dataset;
  const mark = action ? `.actions [data-action="${action}"]` : focused.href && `a[href="${focused.getAttribute("href")}"]`;
  const same = mark && card.querySelector(mark);
  (card.contains(focused) ? focused : same || card).focus({ preventScroll: true });
}

// A click must not, either: buttons that spend or delete take no click at first, where another button was a moment ago.
function settle(turn, spending) {
  const left = (turn.settledAt ?? 0) - performance.now();
  if (left <= 0) return;
  const set = (disabled) => spending.forEach((each) => (each.disabled = disabled));
  set(true);
  setTimeout(set, left, false);
}

function fill(turn, parts) {
  const card = cardOf(turn);
  const focused = document.activeElement;
  const held = card.contains(focused);
  const spends = () => [...card.querySelectorAll(SPENDING)];
  const takesPlace = card.hasChildNodes() && spends().length === 0;
  const who = element("header", { class: "who" }, say("name"), timeOfDay(turn.at));
  card.replaceChildren(who, ...parts.map((part) => kept(card, part)));
  card.classList.toggle("with-pictures", Boolean(card.querySelector(".gallery, .entries")));
  if (held) keepFocus(card, focused);
  if (takesPlace) turn.settledAt = performance.now() + SETTLE_MS;
  settle(turn, spends());
}

function place(turn) {
  byId("welcome").hidden = true;
  const next = [...byId("log").children].find((each) => each.at > turn.at);
  byId("log").insertBefore(turn, next ?? null);
}

// A turn for what was just typed; the answer follows.
export function begin(text) {
  const turn = newTurn(text, new Date().toISOString());
  fill(turn, [element("div", { class: "state" }, dots(), element("span", { class: "visually-hidden" }, say("sending")))]);
  place(turn);
  scrollToEnd();
  return turn;
}

export function refuse(turn, lines) {
  keepingPlace(() => fill(turn, [warning(lines)]));
}

export function answer(turn, reply, onpress) {
  keepingPlace(() => fill(turn, replyCard(reply, onpress)));
  return turn;
}

// In place of its beginning, which stands behind the asker's name.
export function expand(node, prompt) {
  const card = cardOf(turnOf(node));
  keepingPlace(() => (card.querySelector(".user-text").textContent = prompt));
  node.remove();
  card.focus({ preventScroll: true });
}

export function adopt(turn, jobId) {
  if (jobTurns.has(jobId)) turn.remove();
  else jobTurns.set(jobId, turn);
}

export function forget(turn) {
  turn.remove();
}

// A deleted card goes, and the focus of somebody who was there moves to the next one.
export function remove(jobId) {
  const turn = jobTurns.get(jobId);
  if (!turn) return;
  const next = turn.nextElementSibling ?? turn.previousElementSibling;
  const held = turn.contains(document.activeElement);
  jobTurns.delete(jobId);
  turn.remove();
  byId("welcome").hidden = !isEmpty();
  if (held) (next ? cardOf(next) : byId("prompt")).focus({ preventScroll: true });
}

export function showJob(job, onpress) {
  const state = JSON.stringify(job);
  let turn = jobTurns.get(job.job);
  if (turn?.state === state) return;
  keepingPlace(() => {
    if (!turn) {
      turn = newTurn(job.request.prompt, job.created_at);
      jobTurns.set(job.job, turn);
      place(turn);
    } else {
      turn.querySelector(".mine").textContent = job.request.prompt;
      turn.querySelector(".mine").hidden = false;
    }
    turn.state = state;
    turn.job = job;
    if (!turn.editing) fill(turn, jobCard(job, onpress));
  });
}

export function edit(turn, editor, onpress) {
  if (turn.editing) return;
  turn.editing = true;
  cardOf(turn).querySelector(".actions").replaceWith(editor);
  editor.done = () => {
    turn.editing = false;
    fill(turn, jobCard(turn.job, onpress));
    cardOf(turn).querySelector('[data-action="edit"]')?.focus();
  };
}

// Never away from what a person began to type meanwhile.
export function focus(turn) {
  if (byId("composer").contains(document.activeElement)) return;
  cardOf(turn).focus({ preventScroll: true });
}

export function goTo(jobId) {
  const card = cardOf(jobTurns.get(jobId));
  card.scrollIntoView({ block: "center", behavior: "instant" });
  card.focus({ preventScroll: true });
}

export const turnOf = (node) => node.closest(".turn");
export const known = (jobId) => jobTurns.has(jobId);
export const openJobs = () =>
  [...jobTurns].filter(([, turn]) => !turn.job || !turn.job.ended || turn.job.status === "delivering" || turn.job.deleting).map(([id]) => id);
export const isEmpty = () => byId("log").children.length === 0;
