// Warn before the server ends an idle session. It counts to the minute, so the warning comes two minutes early. Typing, pointing and
// scrolling are work as well as sending: they keep the session, in all tabs of the browser.
import { alive, gone, hear } from "../canbao/session.js";

const dialog = document.getElementById("idle");
const minutes = Number(dialog?.dataset.minutes);
const TOLD = 60000; // milliseconds between two words to the server that somebody works
const KEPT = "canbao-active";
let warning, over;
let told = performance.now();

function start() {
  clearTimeout(warning);
  clearTimeout(over);
  warning = setTimeout(warn, Math.max(minutes - 2, 0.5) * 60000);
}

const elsewhere = () => { try { return Number(localStorage.getItem(KEPT) || 0); } catch { return 0; } };

function warn() {
  if (Date.now() - elsewhere() < Math.max(minutes - 2, 0.5) * 60000) return start();
  dialog.showModal();
  over = setTimeout(() => { dialog.close(); gone(start); }, 60000);
  return undefined;
}

async function stay() {
  dialog.close();
  start();
  try { if (!(await alive())) gone(start); } catch { /* said where something is sent */ }
}

function work() {
  if (dialog.open) return;
  start();
  if (performance.now() - told < TOLD) return;
  told = performance.now();
  try { localStorage.setItem(KEPT, String(Date.now())); } catch { /* this tab alone counts */ }
  alive().then((goes) => { if (!goes) gone(start); }).catch(() => {});
}

if (minutes) {
  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  for (const name of ["keydown", "input", "pointerdown", "wheel"]) document.addEventListener(name, work, { passive: true });
  document.addEventListener("htmx:afterRequest", (event) => {
    const isQuiet = event.detail.pathInfo.requestPath.includes("/progress/"); // asks by itself, keeps nothing alive
    if (!isQuiet && event.detail.successful && !dialog.open) { hear(); start(); }
  });
  start();
}
