// What was reported waits here until the server has given its receipt back: kept in this tab under the account that reported it, so
// that neither a reload nor a lost answer loses it and nobody else sends it as his own. The one place that knows how a result travels;
// working without a network would put another store behind it.
import { limit } from "../canbao/limit.js";
import { alive, gone } from "../canbao/session.js";

const ACCOUNT = document.body.dataset.account || "";
const KEPT = `field-queue:${ACCOUNT}`;
const VISITS = "/api/v1/field/visits";
const RECEIPTS = "/api/v1/field/receipts/";
const LONGEST = 20000;
const token = () => JSON.parse(document.body.getAttribute("hx-headers") || "{}")["X-CSRFToken"] || "";

let listeners = [];
let sending = false;
let pause = 0;

export const waiting = () => { try { return JSON.parse(sessionStorage.getItem(KEPT) || "[]"); } catch { return []; } };
let held = waiting();

function keep() {
  try { sessionStorage.setItem(KEPT, JSON.stringify(held)); } catch { /* a private window: this page alone remembers */ }
  tell({ kind: "WAITING", count: held.length });
}

export const listen = (one) => { listeners.push(one); };
const tell = (event) => listeners.forEach((one) => one(event));

// Each result has the number that was drawn when its form was shown: what is in the queue already, or was sent, is one.
export function report(visits) {
  const there = new Set(held.map((one) => one.client_id));
  held.push(...visits.filter((one) => !there.has(one.client_id)).map((one) => ({ ...one, visited_at: new Date().toISOString(), tries: 0 })));
  keep();
  go();
}

export async function go() {
  if (sending || pause || !held.length) return;
  sending = true;
  const one = held[0];
  one.tries += 1;
  const done = await sent(one);
  sending = false;
  if (!done) return later(one);
  held = held.filter((other) => other.client_id !== one.client_id);
  keep();
  tell({ ...done, visit: one });
  return go();
}

// A receipt that was read back, a refusal, or null where nobody knows whether it arrived: then it is sent again.
async function sent({ client_id, task_id, outcome, answers, note, outreach, visited_at }) {
  try {
    const headers = { "Content-Type": "application/json", "X-CSRFToken": token(), "X-Canbao-Account": encodeURIComponent(ACCOUNT) };
    const body = JSON.stringify({ client_id, task_id, outcome, answers, note, outreach, visited_at });
    const answer = await fetch(VISITS, { method: "POST", headers, body, signal: limit(20000) });
    if (answer.status === 403 && await alive()) {
      const problem = await answer.json();
      return problem.code === "NOT_ALLOWED" ? { kind: "REFUSED", problem } : null; // the page's token was old: it is new now
    }
    if (answer.status === 401 || answer.status === 403) { tell({ kind: "GONE" }); gone(() => { pause = 0; go(); }); return null; }
    if ([400, 404, 409, 422].includes(answer.status)) return { kind: "REFUSED", problem: await answer.json() };
    if (!answer.ok) return null;
    const back = await fetch(RECEIPTS + client_id, { signal: limit(20000) });
    return back.ok ? { kind: "RECEIVED", receipt: await back.json() } : null;
  } catch {
    return null;
  }
}

function later(one) {
  pause = Math.min(700 * 2 ** one.tries, LONGEST);
  keep();
  tell({ kind: "LATER", count: held.length });
  setTimeout(() => { pause = 0; go(); }, pause);
}

addEventListener("online", () => { pause = 0; go(); });
