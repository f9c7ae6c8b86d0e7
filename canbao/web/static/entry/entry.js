// The entry desk: one Enter per field, codes and first letters, and everything that is typed saved as it is typed. What counts is
// read on the server; here it is only shown early, so that nobody waits for an answer between two fields.
import { gone, hear } from "../canbao/session.js";

const form = document.getElementById("entry");
const state = document.getElementById("entry-state");
const PAUSE = 60; // seconds without a key are a pause and are not counted
const AFTER = 700; // milliseconds from the last key to the next saving

let edition = Number(form.dataset.edition); // of the draft as this page has seen it
let unsure = null; // the saving whose answer has not come: it is sent again as it was, before anything later
let seconds = Number(form.dataset.seconds);
let touched = 0;
let timer = 0;
let sending = false;
let again = false;
let stopped = false;
let leaving = false;
let handing = false;

const wrap = (input) => input.closest("[data-item]");
const listOf = (table) => [...document.querySelectorAll(`[data-choices="${table}"] li`)];
const inputs = () => [...form.querySelectorAll(".entry-field:not([hidden]) input:not(:disabled)")].filter((one) => one.getClientRects().length);
const csrf = () => form.querySelector("[name=csrfmiddlewaretoken]").value;

function tick() {
  const now = performance.now() / 1000;
  if (touched && now - touched <= PAUSE) seconds += now - touched;
  touched = now;
}

// ---- saving -------------------------------------------------------------------------------------------------------------------
function told(text, kind = "") {
  state.textContent = text;
  state.className = `entry-state ${kind}`;
}

function collected() {
  const answers = {};
  const explained = {};
  for (const input of form.querySelectorAll(".entry-field input")) {
    if (!input.value || input.disabled || input.closest("[data-item][hidden]")) continue;
    if (input.name.startsWith("why-")) explained[input.name.slice(4)] = input.value;
    else answers[input.name] = input.value;
  }
  return { answers, explained };
}

function later() {
  clearTimeout(timer);
  timer = setTimeout(save, AFTER);
}

async function save() {
  clearTimeout(timer);
  if (stopped || leaving) return;
  if (sending) { again = true; return; }
  sending = true;
  if (unsure) again = true;
  const body = unsure || JSON.stringify({ ...collected(), edition: edition + 1, seconds: Math.round(seconds) });
  unsure = body;
  try {
    const answer = await fetch(form.dataset.draft, {
      method: "POST", body, redirect: "manual", headers: { "Content-Type": "application/json", "X-CSRFToken": csrf() },
    });
    if (answer.type === "opaqueredirect" || answer.status === 403) { // not taken: what is sent next is what stands there then
      unsure = null;
      again = false;
      told("登录已经结束，尚未保存", "is-bad");
      gone(save);
      return;
    }
    if (answer.status < 500 && !isJson(answer)) { turned(answer.status); return; }
    const kept = await answer.json();
    unsure = null;
    if (answer.ok) accepted(kept); else refused(answer.status, kept);
  } catch {
    told("没有保存，正在重试", "is-bad");
    setTimeout(save, 3000);
  } finally {
    sending = false;
    if (handing) { handing = false; form.requestSubmit(document.getElementById("entry-finish")); }
    else if (again && !unsure) { again = false; later(); }
  }
}

const isJson = (answer) => Boolean(answer.headers.get("Content-Type")?.includes("json"));

// A page in the place of an answer: the form is not this office's any more, or too much was asked for. Sent again it is refused again.
function turned(status) {
  unsure = null;
  again = false;
  stopped = status === 404;
  told(stopped ? "此表已不在本机构的名单上，没有保存。请打开名单核对。" : "没有保存，请稍候再改一次", "is-bad");
}

function accepted(kept) {
  edition = kept.edition;
  form.elements.edition.value = String(edition);
  hear();
  told(`已保存 ${new Date().toLocaleTimeString("zh-CN", { hour12: false })}`, "is-ok");
  for (const field of form.querySelectorAll("[data-item]")) remark(field, kept.remarks.filter((one) => one.item === field.dataset.item));
}

function refused(status, kept) {
  told(kept.said || "没有保存", "is-bad");
  if (status === 409) stopped = true;
}

const ICONS = { must: "is-must", explain: "is-explain", look: "is-look" };

// What is said of a field somebody has not come to yet would only be in the way: the missing signature is said at the end.
function remark(field, remarks) {
  const input = field.querySelector(".entry-line input");
  const shown = remarks.filter((one) => input.value || one.strength === "explain" || field.dataset.seen);
  field.classList.remove("is-must", "is-explain", "is-look");
  if (shown.length) field.classList.add(ICONS[shown[0].strength]);
  const notes = field.querySelector(".entry-notes");
  notes.replaceChildren(...shown.map((one) => {
    const note = document.createElement("div");
    note.className = `field-notes ${ICONS[one.strength]}`;
    const words = document.createElement("span");
    const label = document.createElement("b");
    label.textContent = one.label;
    words.append(label, one.text);
    note.append(words);
    return note;
  }));
  field.querySelector(".entry-why").hidden = !remarks.some((one) => one.strength === "explain");
}

// ---- what is chosen -----------------------------------------------------------------------------------------------------------
function fitting(table, typed) {
  const text = typed.trim().toLowerCase();
  if (!text) return [];
  const all = listOf(table);
  const exact = all.filter((li) => [li.dataset.code.toLowerCase(), li.dataset.code.replace(/^0+/, "").toLowerCase(), li.textContent.toLowerCase()].includes(text)
    || (li.dataset.number !== "0" && li.dataset.number === text));
  if (exact.length) return exact.slice(0, 1);
  const full = all.filter((li) => li.dataset.letters.split(" ").includes(text));
  if (full.length === 1) return full;
  return all.filter((li) => li.dataset.letters.split(" ").some((one) => one.startsWith(text)) || li.textContent.includes(typed.trim()));
}

function several(table, typed) {
  const text = typed.trim();
  const parts = /^\d+$/.test(text) ? [...text] : text.split(/[,，、\s]+/).filter(Boolean);
  const found = parts.map((part) => fitting(table, part));
  return found.every((one) => one.length === 1) ? [...new Set(found.map(([li]) => li))] : null;
}

function mean(field, text, wrong = false) {
  const output = field.querySelector(".entry-meaning");
  output.textContent = text;
  output.classList.toggle("is-wrong", wrong);
}

function closeList() {
  document.querySelector(".entry-list")?.remove();
}

function openList(field, rows, choose) {
  closeList();
  if (!rows.length) return;
  const list = document.createElement("ul");
  list.className = "entry-list";
  list.setAttribute("role", "listbox");
  rows.forEach(([code, name], place) => {
    const one = document.createElement("li");
    const mark = document.createElement("b");
    mark.textContent = code;
    one.append(mark, " ", name);
    one.setAttribute("role", "option");
    one.setAttribute("aria-selected", String(place === 0));
    one.dataset.code = code;
    one.dataset.name = name;
    one.addEventListener("mousedown", (event) => { event.preventDefault(); choose(one); });
    list.append(one);
  });
  field.querySelector(".entry-line").append(list);
}

function moveInList(step) {
  const rows = [...document.querySelectorAll(".entry-list li")];
  if (!rows.length) return false;
  const here = rows.findIndex((one) => one.getAttribute("aria-selected") === "true");
  const next = rows[(here + step + rows.length) % rows.length];
  rows.forEach((one) => one.setAttribute("aria-selected", String(one === next)));
  next.scrollIntoView({ block: "nearest" });
  return true;
}

function leave(li) {
  const table = li.closest("[data-choices]").dataset.choices;
  const group = new Set(listOf(table).flatMap((one) => one.dataset.leaves.split(" ").filter(Boolean)));
  const out = li.dataset.leaves.split(" ");
  for (const name of group) {
    const field = form.querySelector(`[data-item="${name}"]`);
    if (field) field.hidden = out.includes(name);
  }
}

// True when the field may be left.
function settle(input) {
  const field = wrap(input);
  field.dataset.seen = "1";
  const { table } = field.dataset;
  const chosen = document.querySelector(".entry-list li[aria-selected=true]");
  if (field.hasAttribute("data-division")) {
    if (chosen && input.value) { place(field, chosen); return true; }
    if (input.value && !/^\d{12}$/.test(input.value)) { mean(field, "没有找到，市外的请留空", true); return false; }
    if (!input.value) mean(field, "");
    return true;
  }
  if (!table || input.name.startsWith("why-")) return true;
  if (!input.value.trim()) { mean(field, ""); return true; }
  const found = field.hasAttribute("data-several") ? several(table, input.value) : fitting(table, input.value);
  if (field.hasAttribute("data-several") ? !found : found.length !== 1 && !chosen) {
    mean(field, "没有这个选项，或不止一个", true);
    return false;
  }
  const picked = !field.hasAttribute("data-several") && found.length !== 1
    ? listOf(table).filter((li) => li.dataset.code === chosen.dataset.code) : found;
  input.value = picked.map((li) => (table === "signer" ? li.dataset.number : li.dataset.code)).join(",");
  mean(field, picked.map((li) => li.textContent).join("、"));
  if (!field.hasAttribute("data-several")) leave(picked[0]);
  return true;
}

function place(field, li) {
  field.querySelector("input").value = li.dataset.code;
  mean(field, li.dataset.name);
  closeList();
}

let asked = 0;

async function suggest(input) {
  const field = wrap(input);
  if (field.hasAttribute("data-division")) {
    const mine = ++asked;
    if (!input.value.trim() || /^\d{12}$/.test(input.value)) { closeList(); return; }
    const answer = await fetch(`${form.dataset.places}?q=${encodeURIComponent(input.value)}`).catch(() => null);
    if (!answer?.ok || mine !== asked || document.activeElement !== input) return;
    const { places } = await answer.json();
    openList(field, places.map((one) => [one.code, one.name]), (li) => { place(field, li); next(input, 1); });
    if (pending === input) { pending = null; enter(input); }
  } else if (field.dataset.table && !field.hasAttribute("data-several") && !input.name.startsWith("why-")) {
    const found = fitting(field.dataset.table, input.value);
    mean(field, found.length === 1 ? found[0].textContent : "");
    openList(field, found.length > 1 ? found.slice(0, 8).map((li) => [li.dataset.code, li.textContent]) : [], (li) => {
      input.value = li.dataset.code;
      enter(input);
    });
  } else closeList();
}

// ---- keys ---------------------------------------------------------------------------------------------------------------------
let pending = null; // Enter came before the places did

function next(input, step) {
  closeList();
  const all = inputs();
  const to = all[all.indexOf(input) + step];
  if (to) { to.focus(); to.select(); } else if (step > 0) document.getElementById("entry-finish").focus();
}

function enter(input) {
  if (wrap(input).hasAttribute("data-division") && input.value && !/^\d{12}$/.test(input.value) && !document.querySelector(".entry-list")
    && pending !== input) {
    pending = input;
    suggest(input).then(() => { if (pending === input) { pending = null; settle(input); } });
    return;
  }
  if (!settle(input)) { input.select(); return; }
  next(input, 1);
}

async function copy(input) {
  const field = input && wrap(input);
  const name = field?.dataset.item;
  if (name === "post_address") {
    const home = form.elements.home_address.value;
    if (home) { input.value = home; later(); return; }
  }
  if (name !== "home_address" && name !== "post_address") return;
  const own = /^(thj|同户籍.*)$/i.test(input.value.trim());
  const body = new URLSearchParams({ own: own ? "1" : "" });
  const answer = await fetch(form.dataset.address, { method: "POST", body, redirect: "error", headers: { "X-CSRFToken": csrf() } }).catch(() => null);
  const found = answer?.ok ? await answer.json() : {};
  if (!found.address) { mean(field, "没有可以复制的地址", true); return; }
  input.value = found.address;
  mean(field, `${found.source}，原文，留有记录`);
  const division = form.elements.home_division;
  if (name === "home_address" && found.division && !division.value) division.value = found.division;
  input.focus();
  later();
}

function change(button) {
  const field = wrap(button);
  field.classList.remove("is-shut");
  const input = field.querySelector(".entry-line input");
  input.disabled = false;
  button.remove();
  input.focus();
}

function finish() {
  clearTimeout(timer);
  form.requestSubmit(document.getElementById("entry-finish"));
}

// What is on its way is answered first, so that the page knows which edition it hands over.
form.addEventListener("submit", (event) => {
  clearTimeout(timer);
  if (sending) { handing = true; event.preventDefault(); return; }
  leaving = true;
  tick();
  form.elements.seconds.value = String(Math.round(seconds));
});

document.addEventListener("keydown", (event) => {
  if (document.querySelector("dialog[open]") || event.isComposing || event.altKey || event.metaKey) return;
  tick();
  const input = event.target.matches?.("#entry .entry-field input") ? event.target : null;
  if (event.key === "Enter" && event.ctrlKey) {
    event.preventDefault();
    if (!input || settle(input)) finish();
  } else if (event.key === "Enter" && input) {
    event.preventDefault();
    if (/^(thj|同户籍.*)$/i.test(input.value.trim()) && /_address$/.test(input.name)) copy(input).then(() => next(input, 1));
    else enter(input);
  } else if (event.key === "ArrowDown" && input) {
    event.preventDefault();
    if (!moveInList(1)) next(input, 1);
  } else if (event.key === "ArrowUp" && input) {
    event.preventDefault();
    if (!moveInList(-1)) next(input, -1);
  } else if (event.key === "F2") {
    event.preventDefault();
    copy(input);
  } else if (event.key === "F3") {
    event.preventDefault();
    const buttons = [...form.querySelectorAll("[data-changes]")];
    const here = buttons.indexOf(document.activeElement);
    buttons[(here + 1) % buttons.length]?.focus();
  } else if (event.key === "F4") {
    event.preventDefault();
    save();
  } else if (event.key === "Escape") {
    event.preventDefault();
    if (document.querySelector(".entry-list")) closeList();
    else save().finally(() => { leaving = true; location.assign(document.getElementById("entry-back").href); });
  }
});

form.addEventListener("input", (event) => {
  tick();
  suggest(event.target);
  later();
});
form.addEventListener("change", save);
form.addEventListener("click", (event) => {
  const button = event.target.closest("[data-changes]");
  if (button) change(button);
});
form.addEventListener("focusout", (event) => {
  const input = event.target;
  if (input.matches(".entry-field input")) setTimeout(() => { if (document.activeElement !== input) closeList(); }, 150);
});

for (const table of ["occupation", "signer"]) {
  const input = form.querySelector(`[data-table="${table}"] .entry-line input`);
  const [li] = input?.value ? fitting(table, input.value) : [];
  if (li) leave(li);
}
const wrong = form.querySelector(".entry-field.is-must input:not(:disabled), .entry-field.is-explain .entry-why:not([hidden]) input");
const first = wrong || inputs().find((one) => !one.value) || inputs()[0];
first?.focus();
first?.select();
tick();
