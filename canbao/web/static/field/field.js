// The pages of the own list: what is tapped goes into the queue; what is typed stays in this tab until its receipt is here.
import { go, listen, report, waiting } from "./queue.js";

const bar = document.getElementById("queue");
const told = document.getElementById("told");
const visit = document.getElementById("visit");
const home = document.getElementById("home");
const DRAFT = `field-draft:${document.body.dataset.account || ""}:`;
const draft = visit ? DRAFT + visit.dataset.task : "";
let drawn = crypto.randomUUID(); // the number of the form as it is shown: pressed twice it is one result
const NAMES = { E: ["work_out", "away_schemes"], X01: ["work_in"], X: ["work_in", "away_schemes"], N: ["work_in", "work_out", "away_schemes"] };

function waitingWords(count, text) {
  bar.hidden = !count;
  bar.querySelector("p").textContent = text || `${count} 份结果正在送达。`;
}

function say(kind, head, text) {
  const one = document.getElementById("told-one").content.firstElementChild.cloneNode(true);
  one.classList.add(kind);
  one.querySelector("b").textContent = head;
  one.querySelector("span").textContent = text;
  told.prepend(one);
  while (told.children.length > 6) told.lastElementChild.remove();
  one.scrollIntoView({ block: "nearest" });
  return one;
}

listen((event) => {
  if (event.kind === "WAITING") waitingWords(event.count);
  if (event.kind === "LATER") waitingWords(event.count, `网络不通，${event.count} 份结果留在本页，正在自动重试，请不要关闭。`);
  if (event.kind === "GONE") waitingWords(waiting().length, "登录已经结束。请重新登录，没有送达的会接着送。");
  if (event.kind === "RECEIVED") received(event);
  if (event.kind === "REFUSED") refused(event);
});

function received({ receipt, visit: one }) {
  try { sessionStorage.removeItem(DRAFT + one.task_id); } catch { /* nothing was kept */ }
  again();
  say(receipt.withheld ? "is-wait" : "is-ok", `${one.name}：报送成功。`, `${receipt.message} 回执 ${receipt.receipt}`);
  const here = visit ? String(one.task_id) === visit.dataset.task : Boolean(home?.querySelector(`[data-task="${CSS.escape(String(one.task_id))}"]`));
  if (here && !waiting().length) fold(true);
}

// The form is done with: what comes next stands in its place, and it can be opened again.
function fold(away) {
  const onward = document.getElementById("onward");
  onward.hidden = !away;
  (visit || home).hidden = away;
  if (away) onward.querySelector("a").focus();
}

// A form that was answered is a new one: what is sent from it now is another result.
function again() {
  drawn = crypto.randomUUID();
  busy(false);
}

function busy(is) {
  for (const button of (visit || home)?.querySelectorAll("button") || []) button.disabled = is;
}

function refused({ problem, visit: one }) {
  again();
  const fields = Object.values(problem.fields || {}).join("；");
  say("is-bad", `${one.name}：报送失败。`, `${problem.message}${fields ? ` ${fields}` : ""}`);
  if (!visit || String(one.task_id) !== visit.dataset.task) return;
  for (const [name, words] of Object.entries(problem.fields || {})) mark(name, words);
}

function mark(name, words) {
  const row = name === "note" ? document.getElementById("note-row") : visit.querySelector(`[data-if="${CSS.escape(name)}"]`);
  if (!row) return;
  row.classList.add("is-wrong");
  const line = document.createElement("small");
  line.className = "field-wrong";
  line.textContent = words;
  row.append(line);
}

function unmark() {
  for (const line of visit.querySelectorAll(".field-wrong")) line.remove();
  for (const row of visit.querySelectorAll(".is-wrong")) row.classList.remove("is-wrong");
}

// What does not apply is not asked: places of work of those who do not work.
function applies() {
  const code = visit.querySelector('[data-item="occupation"]')?.value || "";
  const left = NAMES[code] || NAMES[code[0]] || ["work_in", "work_out", "away_schemes"];
  for (const name of ["work_in", "work_out", "away_schemes"]) {
    const row = visit.querySelector(`[data-if="${name}"]`);
    if (row) row.hidden = left.includes(name);
  }
}

function chosen() {
  const one = visit.querySelector("[name=outcome]:checked");
  document.getElementById("note-must").hidden = !one?.hasAttribute("data-needs-note");
  if (one) document.getElementById("leads").textContent = one.dataset.leads;
  document.getElementById("asks").hidden = Boolean(one) && one.value === "NOT_MET";
  persuaded(one?.value === "CHECKED");
  applies();
}

// What came of the outreach is asked of who was met; schemes and month of who is willing; an end of a reason where there is one.
function persuaded(met) {
  const part = document.getElementById("outreach");
  if (part) {
    part.hidden = !met;
    document.getElementById("joins").hidden = visit.querySelector("[data-outreach=willing]:checked")?.value !== "WILLING";
  }
  const reason = visit.querySelector('[data-item="reason_not_enrolled"]');
  visit.querySelector('[data-if="reason_until"]').hidden = !reason?.value;
}

function outreach() {
  const found = {};
  for (const one of visit.querySelectorAll("[data-outreach]")) {
    if (one.closest("[hidden]")) continue;
    const name = one.dataset.outreach;
    if ("several" in one.dataset) { if (one.checked) (found[name] ||= []).push(one.value); }
    else if (one.type === "radio" ? one.checked : one.value) found[name] = one.value;
  }
  return Object.keys(found).length ? { outreach: found } : {};
}

function answers() {
  const found = {};
  for (const one of visit.querySelectorAll("[data-item]")) {
    if (one.closest("[hidden]")) continue;
    const name = one.dataset.item;
    if ("several" in one.dataset) { if (one.checked) (found[name] ||= []).push(one.value); }
    else if (one.value.trim()) found[name] = one.value.trim();
  }
  return found;
}

// By name, not by place: the form may ask for something else when it is opened again.
const nameOf = (one) => one.dataset.item || one.dataset.outreach || one.name;
const keyOf = (one) => (["radio", "checkbox"].includes(one.type) ? `${nameOf(one)}=${one.value}` : nameOf(one));
const valueOf = (one) => (["radio", "checkbox"].includes(one.type) ? one.checked : one.value);

function typed() {
  const values = Object.fromEntries([...visit.querySelectorAll("input, select, textarea")].map((one) => [keyOf(one), valueOf(one)]));
  try { sessionStorage.setItem(draft, JSON.stringify({ drawn, values })); } catch { /* only this page remembers */ }
}

function restore() {
  let kept = {};
  try { kept = JSON.parse(sessionStorage.getItem(draft) || "{}"); } catch { return; }
  drawn = kept.drawn || drawn;
  for (const one of visit.querySelectorAll("input, select, textarea")) {
    const value = kept.values?.[keyOf(one)];
    if (typeof value === "boolean" && ["radio", "checkbox"].includes(one.type)) one.checked = value;
    else if (typeof value === "string" && !["radio", "checkbox"].includes(one.type)) one.value = value;
  }
}

function send(one) {
  unmark();
  typed(); // the number is kept: sent again after a reload it is the same result
  busy(true);
  report([{ client_id: drawn, task_id: Number(visit.dataset.task), name: visit.dataset.name, ...one }]);
}

if (visit) {
  restore();
  chosen();
  visit.addEventListener("input", () => { typed(); chosen(); });
  visit.addEventListener("submit", (event) => {
    event.preventDefault();
    const one = visit.querySelector("[name=outcome]:checked");
    const note = visit.elements.note.value.trim();
    unmark();
    if (!one) return say("is-bad", "请先选走访结果。", "例如已核实、未遇。");
    if (one.hasAttribute("data-needs-note") && !note) { mark("note", `须写明情况：${one.dataset.leads}`); return visit.elements.note.focus(); }
    return send({ outcome: one.value, note, answers: answers(), ...outreach() });
  });
  visit.querySelector("[data-tap]")?.addEventListener("click", (event) => {
    const { tap, note, reason, occupation } = event.currentTarget.dataset;
    const said = {};
    if (reason) said.reason_not_enrolled = reason;
    if (occupation) said.occupation = occupation;
    send({ outcome: tap, note, answers: said });
  });
}

document.querySelector("[data-again]")?.addEventListener("click", () => fold(false));

if (home) {
  for (const button of home.querySelectorAll("[data-all]")) {
    button.addEventListener("click", () => { for (const one of home.querySelectorAll(`.field-member:not([data-done]) input[value="${button.dataset.all}"]`)) one.checked = true; });
  }
  home.addEventListener("submit", (event) => {
    event.preventDefault();
    const all = [...home.querySelectorAll("[data-task]")].map((one) => ({ task_id: Number(one.dataset.task), name: one.dataset.name, outcome: one.querySelector("input:checked")?.value, note: "", answers: {} }));
    const picked = all.filter((one) => one.outcome);
    if (!picked.length) return say("is-bad", "还没有选结果。", "逐人选，或点“全户未遇”“全户已核实”。");
    busy(true);
    report(picked.map((one) => ({ ...one, client_id: crypto.randomUUID() })));
    for (const one of home.querySelectorAll("input:checked")) one.checked = false;
    return undefined;
  });
}

try { sessionStorage.removeItem(`field-found:${document.body.dataset.account || ""}`); } catch { /* nothing was kept */ }
waitingWords(waiting().length);
if (waiting().some((one) => one.client_id === drawn)) busy(true); // it is on its way already
go();
