// The playground's JSON API.

import { header } from "./token.js";

const SECONDS = 20;

export class Refused extends Error {
  constructor(status, body) {
    super(body.error ?? "");
    this.status = status;
    this.lines = body.lines ?? [[{ kind: "text", text: body.error ?? "" }]];
  }
}

async function call(method, path, body) {
  const response = await fetch(path, {
    method,
    headers: body === undefined ? header() : { ...header(), "Content-Type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
    signal: AbortSignal.timeout(SECONDS * 1000),
  });
  const answer = await response.json();
  if (!response.ok) throw new Refused(response.status, answer);
  return answer;
}

const jobPath = (job, rest = "") => `/api/jobs/${encodeURIComponent(job)}${rest}`;

export const options = () => call("GET", "/api/options");
export const quota = () => call("GET", "/api/quota");
export const command = (body) => call("POST", "/api/commands", body);
export const job = (id) => call("GET", jobPath(id));
export const press = (id, action, body = {}) => call("POST", jobPath(id, `/${action}`), body);
export const jobs = (cursor) =>
  call("GET", cursor ? `/api/jobs?cursor=${encodeURIComponent(cursor)}` : "/api/jobs");
