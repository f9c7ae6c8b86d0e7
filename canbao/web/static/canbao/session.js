// The session of the page: whether it goes on, and signing in again in place. What was typed stays; while nobody is signed in the page is
// blanked. Only the account the page was made for goes on with it: nothing is sent under another name.
const HERE = "/session/";
const FRESH = 10000; // milliseconds for which an answer of the server says that the session goes on
const account = document.body.dataset.account || "";
const dialog = document.getElementById("gone");
const place = document.getElementById("gone-form");
const words = document.getElementById("gone-said");

let heard = performance.now();
let waiting = [];

export const isFresh = () => performance.now() - heard < FRESH;
export const hear = () => { heard = performance.now(); };

// Whether the session goes on, for the same account. Throws where the server cannot be reached.
export async function alive() {
  const answer = await fetch(HERE, { redirect: "manual", headers: { Accept: "application/json" } });
  return answer.ok && take(await answer.json());
}

function take({ account: name, csrf }) {
  if (name !== account) return false;
  hear();
  for (const field of document.querySelectorAll("input[name=csrfmiddlewaretoken]")) if (!place?.contains(field)) field.value = csrf;
  document.body.setAttribute("hx-headers", JSON.stringify({ "X-CSRFToken": csrf }));
  return true;
}

// then: what is to be done when the same account is back.
export function gone(then) {
  if (then) waiting.push(then);
  if (!dialog || dialog.open) return;
  document.documentElement.classList.add("is-away");
  dialog.showModal();
  show(`/sign-in/?${new URLSearchParams({ next: HERE })}`);
}

async function show(address, more = {}) {
  try {
    await shown(await fetch(address, more));
  } catch {
    words.textContent = "连不上服务器。本页内容都还在，请检查网络后再试。";
  }
}

async function shown(answer) {
  if (new URL(answer.url).pathname === HERE) {
    const said = await answer.json();
    return take(said) ? back() : other();
  }
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const part = page.querySelector("main .entrance");
  if (!part?.querySelector("form")) { words.textContent = "还有事项要先办理，请在新窗口打开首页办完，再回到这里。"; return undefined; }
  place.replaceChildren(document.importNode(part, true));
  apart();
  for (const link of place.querySelectorAll("a")) link.target = "_blank";
  for (const next of place.querySelectorAll("[name=next]")) next.value = HERE;
  const name = place.querySelector("[name=name]");
  if (name) { name.value = account; name.readOnly = true; }
  return place.querySelector("input:not([type=hidden]):not([readonly])")?.focus();
}

// The page may have ids of the same name.
function apart() {
  for (const name of ["id", "for", "form", "aria-describedby"]) {
    for (const node of place.querySelectorAll(`[${name}]`)) node.setAttribute(name, node.getAttribute(name).split(" ").map((one) => `gone-${one}`).join(" "));
  }
}

function back() {
  place.replaceChildren();
  document.documentElement.classList.remove("is-away");
  dialog.close();
  const then = waiting;
  waiting = [];
  for (const one of then) one();
  document.dispatchEvent(new CustomEvent("session:back"));
}

function other() {
  place.replaceChildren();
  words.textContent = "现在登录的是另一个账号，不能接着办理本页的内容。请在新窗口退出该账号，用原来的账号登录，再回到本页；不再办理的，请打开首页。";
}

place?.addEventListener("submit", (event) => {
  event.preventDefault();
  event.stopPropagation();
  const body = new FormData(event.target);
  if (event.submitter?.name) body.append(event.submitter.name, event.submitter.value);
  show(event.target.action, { method: "POST", body });
});
dialog?.addEventListener("cancel", (event) => event.preventDefault()); // the page stays blanked
addEventListener("focus", () => { if (dialog?.open) alive().then((goes) => { if (goes) back(); }).catch(() => {}); });
