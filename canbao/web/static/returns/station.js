// The return station. A hand scanner is a keyboard: what it types goes into a queue of the page at once, and the field is free again.
// Each number is sent until the server has answered; the queue outlives a reload. Nothing is counted here that was not answered.
import { limit } from "../canbao/limit.js";
import { gone } from "../canbao/session.js";

const form = document.getElementById("scan");
const field = document.getElementById("number");
const panel = document.getElementById("answer");
const list = document.getElementById("sheets");
const refusals = document.getElementById("refusals");
const link = document.getElementById("link");
const row = document.getElementById("sheet-row").content.firstElementChild;
const KEPT = `return-queue:${document.body.dataset.account || ""}:${form.dataset.round}`;
const SIGNERS = { 1: "SELF", 2: "GUARDIAN", 3: "AGENT" };
const LONGEST = 10000;

let queue = [];
try { queue = JSON.parse(sessionStorage.getItem(KEPT) || "[]"); } catch { queue = []; }
let sending = false;
let pause = 0;
let last = list.firstElementChild?.dataset.number || "";
const counts = { here: Number(document.getElementById("count-here").textContent), today: Number(document.getElementById("count-today").textContent), refused: Number(document.getElementById("count-refused").textContent) };

function kept() {
  try { sessionStorage.setItem(KEPT, JSON.stringify(queue)); } catch { /* private window: the page alone remembers */ }
  const waiting = document.getElementById("count-waiting");
  waiting.textContent = String(queue.length);
  waiting.parentElement.classList.toggle("is-waiting", queue.length > 3);
  for (const name of Object.keys(counts)) document.getElementById(`count-${name}`).textContent = String(counts[name]);
}

function put(root, name, text) {
  const node = root.querySelector(`[data-fill=${name}]`);
  if (node) node.textContent = text || "";
  return node;
}

// As canbao.rules.text.number_form reads it: digits of a wide keyboard, blanks between them, what cannot be seen, any dash.
const plain = (text) => text.normalize("NFKC").replace(/[\s\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}"'`=]/gu, "").replace(/[\u2010-\u2015\u2212]/g, "-");
const numberOf = (text) => plain(text).split("-")[0];

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = plain(field.value);
  field.value = "";
  if (!text) return;
  if (SIGNERS[text] || text === "4") sign(text);
  else scan(text);
});

field.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.code !== "KeyM") return;
  event.preventDefault();
  sign("4");
});

function scan(text) {
  queue.push({ act: "scan", number: text, signer: document.getElementById("all-self").checked ? "SELF" : "", tries: 0 });
  last = numberOf(text);
  if (!sending) waitingFor(text);
  go();
}

function sign(key) {
  if (!last) return tell({ kind: "NOT_A_NUMBER", title: "还没有扫描", text: "先扫一张登记表，再注明由谁签名。" });
  queue.push({ act: "sign", number: last, key, tries: 0 });
  return go();
}

function waitingFor(text) {
  show({ kind: "WAITING", title: "正在送达", text: "可以继续扫描。", number: text });
}

async function go() {
  kept();
  if (sending || !queue.length || pause) return;
  sending = true;
  const one = queue[0];
  one.tries += 1;
  kept();
  const answer = await send(one);
  sending = false;
  if (answer === null) return retry(one);
  linked("");
  queue.shift();
  if (one.act === "scan") answered(one, answer); else signed(one, answer);
  kept();
  return go();
}

// The answer, or null where nobody knows whether it arrived: then it is sent again, and told as taken back already.
async function send(one) {
  const body = new FormData(form);
  body.set("number", one.number);
  body.delete("signer");
  let address = form.action;
  if (one.act === "sign") {
    const held = of(one.number);
    if (!held) return { kind: "NOT_A_NUMBER", title: "没有可注明的表", text: "刚才那一张没有收下。", number: one.number };
    const now = held.querySelector(".taken-sign");
    const has = now.querySelector("[data-mandate]").getAttribute("aria-pressed") === "true";
    const by = now.querySelector("[name=signer][aria-pressed=true]")?.value || "";
    address = now.action;
    body.set("form", one.number);
    body.set("signer", SIGNERS[one.key] || by);
    body.set("mandate", (one.key === "4") !== has ? "1" : "0");
  } else if (one.signer) body.set("signer", one.signer);
  try {
    const got = await fetch(address, { method: "POST", body, headers: { Accept: "application/json" }, signal: limit(15000) });
    if (got.redirected || got.status === 403) return ended();
    if (got.status === 404) return { kind: "NOT_TAKEN", title: "没有找到", text: "这张表可能已被撤销收回，请刷新页面。", number: one.number };
    if (!got.ok) return null;
    return await got.json();
  } catch {
    return null;
  }
}

function retry(one) {
  if (!pause) {
    pause = Math.min(500 * 2 ** one.tries, LONGEST);
    linked(`连不上服务器，${queue.length} 张等待送达，正在自动重试。请继续扫描，不要关闭本页。`);
    setTimeout(() => { pause = 0; go(); }, pause);
  }
  kept();
}

function ended() {
  linked("登录已经结束，请重新登录，等待送达的会继续送。");
  pause = LONGEST;
  gone(() => { pause = 0; linked(""); go(); });
  return null;
}

function linked(text) {
  link.textContent = text;
  link.hidden = !text;
}

function answered(one, answer) {
  // Sent twice because the first answer was lost: it was taken back by this very page.
  if (answer.kind === "ALREADY" && answer.mine && one.tries > 1) {
    answer = { ...answer, kind: "BACK", title: "已收回", text: "网络中断时已经入库，重送后确认。", is_back: true };
  }
  if (answer.is_back) {
    counts.here += 1;
    counts.today += 1;
    add(answer.shown);
    document.body.dispatchEvent(new Event("returned")); // the table by village follows when the scanner pauses
  } else {
    counts.refused += 1;
    refused(answer);
  }
  if (answer.kind === "ALREADY" && answer.shown && !of(answer.shown.number)) add(answer.shown);
  show(answer);
}

function signed(one, answer) {
  if (answer.kind !== "SIGNED") return tell(answer);
  const held = of(one.number);
  fill(held, answer.shown);
  const said = [...held.querySelectorAll(".taken-sign [aria-pressed=true]")].map((button) => button.textContent.trim());
  return show({ ...answer, title: `已注明：${said.join("，") || "无"}` });
}

function tell(answer) {
  refused(answer);
  show(answer);
}

function show(answer) {
  panel.className = `answer is-${answer.kind}`;
  void panel.offsetWidth; // the flash begins anew
  panel.classList.add("is-new");
  const who = answer.shown;
  put(panel, "title", answer.title);
  put(panel, "who", who ? `${who.name}　${who.village}` : "");
  put(panel, "where", who ? who.address : "");
  put(panel, "text", [answer.text, who?.problem].filter(Boolean).join("")).classList.toggle("is-must", Boolean(who?.must));
  put(panel, "number", answer.number);
}

const of = (number) => [...list.children].find((one) => one.dataset.number === number);

function add(shown) {
  const one = row.cloneNode(true);
  list.prepend(one);
  while (list.children.length > 60) list.lastElementChild.remove();
  document.getElementById("none").hidden = true;
  fill(one, shown);
}

function fill(one, shown) {
  if (!one) return;
  one.dataset.number = shown.number;
  for (const name of ["name", "born", "village", "address", "number", "at"]) put(one, name, shown[name]);
  for (const input of one.querySelectorAll("input[name=form]")) input.value = shown.number;
  one.querySelector(".taken-sign input[name=signer]").value = shown.signer;
  one.querySelector(".taken-sign input[name=mandate]").value = shown.has_mandate ? "1" : "";
  for (const button of one.querySelectorAll("button[name=signer]")) button.setAttribute("aria-pressed", String(button.value === shown.signer));
  one.querySelector("[data-mandate]").setAttribute("aria-pressed", String(shown.has_mandate));
  const problem = put(one, "problem", shown.problem);
  problem.hidden = !shown.problem;
  problem.classList.toggle("is-must", shown.must);
}

function refused(answer) {
  const one = document.createElement("li");
  one.className = `is-${answer.kind}`;
  const words = document.createElement("span");
  const head = document.createElement("b");
  head.textContent = `${answer.title} ${answer.number || ""}`;
  words.append(head, `${answer.shown ? `${answer.shown.name}：` : ""}${answer.text}`);
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.setAttribute("aria-label", "去掉");
  close.textContent = "×";
  close.addEventListener("click", () => { one.remove(); field.focus(); });
  one.append(words, close);
  refusals.prepend(one);
}

// The buttons of a row go the way of the keys.
list.addEventListener("submit", (event) => {
  const held = event.target.closest(".taken-sign");
  if (!held) return;
  event.preventDefault();
  const pressed = event.submitter;
  const key = pressed?.hasAttribute("data-mandate") ? "4" : Object.keys(SIGNERS).find((one) => SIGNERS[one] === pressed?.value);
  if (key) queue.push({ act: "sign", number: held.closest(".taken").dataset.number, key, tries: 0 });
  field.focus();
  go();
}, true);

// The field has the focus unless somebody writes a reason.
document.addEventListener("click", (event) => {
  if (!event.target.closest("a, input, textarea, select, summary, label, dialog, .taken-undo") && !String(getSelection())) field.focus();
});
document.addEventListener("keydown", (event) => {
  if (document.activeElement === document.body && /^[0-9]$/.test(event.key) && !document.querySelector("dialog[open]")) field.focus();
});
document.getElementById("all-self").addEventListener("change", () => field.focus());
addEventListener("online", () => { pause = 0; go(); });
addEventListener("beforeunload", (event) => { if (queue.length) event.preventDefault(); });

if (queue.length) linked(`上次有 ${queue.length} 张没有送达，正在补送。`);
field.focus();
go();
