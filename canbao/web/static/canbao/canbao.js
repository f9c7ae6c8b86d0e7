// What the pages do beyond links and forms. Everything here is a convenience: without it the pages still work.
import { listen } from "./keys.js";
import { say } from "./say.js";
import { gone } from "./session.js";
import { listen as asks } from "./asking.js";
import { listen as guardSignOut } from "./leaving.js";
import { listen as tellsBeside } from "./required.js";
import { listen as sendOnce } from "./sending.js";
import { listen as namesMasked } from "./masked.js";
import { listen as sorts } from "./sorting.js";
import { listen as minds } from "./typing.js";

const typing = (node) => node instanceof Element && node.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");

function open(dialog) {
  if (!dialog || dialog.open) return;
  dialog.showModal();
  dialog.querySelector("[autofocus]")?.focus();
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-opens]");
  if (opener) open(document.getElementById(opener.dataset.opens));
  if (event.target.closest("[data-closes]")) shut(event.target);
  if (event.target.matches("dialog[open]") && event.target.id !== "gone") event.target.close();
  const fold = event.target.closest("[data-unfolds]");
  if (fold) unfold(fold);
  if (event.target.closest("[data-prints]")) window.print();
  for (const menu of document.querySelectorAll("details.who[open]")) if (!menu.contains(event.target)) menu.open = false;
});

// What a fold hides is the element after it, or after its parent.
function unfold(button) {
  const hidden = button.getAttribute("aria-expanded") !== "true";
  button.setAttribute("aria-expanded", String(hidden));
  (button.nextElementSibling?.matches("[hidden], .below") ? button : button.parentElement).nextElementSibling.hidden = !hidden;
}

function shut(node) {
  const dialog = node.closest("dialog");
  if (dialog) dialog.close();
  else node.closest(".toast-one, .notices .callout")?.remove();
}

document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details.who[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  if (location.hash === "#side") location.hash = "#main";
  if (typing(event.target) && event.target.id === "find") event.target.blur();
});

minds();
tellsBeside();
asks();
sorts();
namesMasked();
guardSignOut();
sendOnce();

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submits]")) event.target.form.requestSubmit();
});

// Good news fades by itself; bad news stays until it is closed.
function fade(root) {
  for (const one of root.querySelectorAll("[data-fades]")) setTimeout(() => one.matches(":hover, :focus-within") || one.remove(), 8000);
}
fade(document);

// The server answered with an error, with the sign-in page, or not at all.
const SAID = {
  403: "您的岗位不能办理这项操作。",
  404: "没有找到，可能已被办理、撤销，或不在您的辖区。请刷新页面。",
  429: "查阅额度已经用完，没有显示。何时恢复、怎样申请增加，见“查阅额度”页。",
};
document.addEventListener("htmx:responseError", (event) => {
  const { status } = event.detail.xhr;
  say(SAID[status] || `系统没有办成（${status}），数据没有改动。请稍后再试，仍不行请联系系统管理员。`, "error");
});
document.addEventListener("htmx:sendError", () => say("连不上服务器，刚才的操作没有办理。请检查网络后再试。", "error"));
document.addEventListener("htmx:timeout", () => say("服务器长时间没有回应。请刷新页面，确认是否已经办理。", "error"));
document.addEventListener("htmx:beforeOnLoad", (event) => {
  const sentTo = event.detail.xhr.getResponseHeader("HX-Redirect");
  if (!sentTo || !sentTo.startsWith("/sign-in/")) return;
  event.preventDefault();
  gone();
});
document.addEventListener("htmx:afterSettle", (event) => fade(event.detail.elt));

// The line at the top of the page, while the server is asked for something.
let asked = 0;
const asking = (more) => { asked = Math.max(0, asked + more); document.body.classList.toggle("is-asking", asked > 0); };
document.addEventListener("htmx:beforeSend", () => asking(1));
document.addEventListener("htmx:afterRequest", () => asking(-1));

// A list that is fetched anew while somebody picks from it: what was picked stays picked, if the new list has it. Only the list is
// exchanged, never the field that is typed into.
let picked = "";
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.target.matches("[data-keeps-pick]")) picked = event.detail.target.querySelector("input:checked")?.value ?? "";
});
document.addEventListener("htmx:afterSwap", (event) => {
  if (!picked || !event.detail.target.matches("[data-keeps-pick]")) return;
  for (const choice of event.detail.target.querySelectorAll("input[type=radio]")) if (choice.value === picked) choice.checked = true;
  picked = "";
});

// What comes into the drawer may name it, and is typed into at once: at the first error, else at the first field.
const title = document.getElementById("drawer-title");
document.addEventListener("htmx:afterSettle", (event) => {
  if (event.detail.target?.id !== "drawer-body") return;
  title.textContent = event.detail.target.querySelector("[data-drawer-title]")?.dataset.drawerTitle || "详情";
  const fields = "input:not([type=hidden]), select, textarea";
  (event.detail.target.querySelector(".is-must :is(input, select, textarea)") || event.detail.target.querySelector(fields))?.focus();
});

listen({ typing });

// What scrolls inside the page can be scrolled with the keyboard too.
const SCROLLS = ".card, .table, .table-responsive, .desk-scroll, .spells, .twins";
function reach() {
  for (const one of document.querySelectorAll(SCROLLS)) {
    const scrolls = (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1) && /auto|scroll/.test(getComputedStyle(one).overflow);
    if (scrolls) one.tabIndex = 0;
    else one.removeAttribute("tabindex");
  }
}
new ResizeObserver(reach).observe(document.getElementById("main"));
document.addEventListener("htmx:afterSettle", reach);
