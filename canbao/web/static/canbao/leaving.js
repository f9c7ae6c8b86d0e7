// Signing out leaves nothing of the account in this tab. What it reported and was not delivered goes only after a warning; what another
// account has not delivered stays until that one is back.
const QUEUES = /^(field-queue|return-queue):/;
const KEPT = /^(field|return|found)-/;
const own = `:${document.body.dataset.account || ""}`;

const keys = () => { try { return Object.keys(sessionStorage); } catch { return []; } };

function undelivered() {
  const found = keys().filter((key) => QUEUES.test(key) && `${key}:`.includes(`${own}:`)).map((key) => JSON.parse(sessionStorage.getItem(key) || "[]"));
  return found.flat().length;
}

function leave(form, event, dialog) {
  const count = form.dataset.warned ? 0 : undelivered();
  if (!count) return keys().filter((key) => KEPT.test(key) && `${key}:`.includes(`${own}:`)).forEach((key) => sessionStorage.removeItem(key));
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
