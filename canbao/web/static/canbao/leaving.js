// Signing out leaves nothing of anybody in this tab. What was reported and has not been delivered goes only after a warning.
const QUEUES = /^(field-queue|return-queue):/;
const KEPT = /^(field|return)-/;
const own = `:${document.body.dataset.account || ""}`;

const keys = () => { try { return Object.keys(sessionStorage); } catch { return []; } };

function undelivered() {
  const found = keys().filter((key) => QUEUES.test(key) && key.includes(own)).map((key) => JSON.parse(sessionStorage.getItem(key) || "[]"));
  return found.flat().length;
}

function leave(form, event, dialog) {
  const count = form.dataset.warned ? 0 : undelivered();
  if (!count) return keys().filter((key) => KEPT.test(key)).forEach((key) => sessionStorage.removeItem(key));
  event.preventDefault();
  event.stopImmediatePropagation();
  dialog.querySelector("[data-fill=count]").textContent = String(count);
  dialog.querySelector("[data-away]").onclick = () => { form.dataset.warned = "1"; dialog.close(); form.requestSubmit(); };
  return dialog.showModal();
}

export function listen() {
  const dialog = document.getElementById("leaving");
  if (!dialog) return;
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, location.href).pathname === "/sign-out/") leave(event.target, event, dialog);
  }, true);
}
