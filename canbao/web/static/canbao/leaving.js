// Signing out leaves nothing of the account in this tab. What it reported and was not delivered goes only after a warning; what another
// account has not delivered stays until that one is back.
import { ask } from "./asking.js";

const QUEUES = /^(field-queue|return-queue):/;
const KEPT = /^(field|return|found)-/;
const own = `:${document.body.dataset.account || ""}`;

const keys = () => { try { return Object.keys(sessionStorage); } catch { return []; } };

function undelivered() {
  const found = keys().filter((key) => QUEUES.test(key) && `${key}:`.includes(`${own}:`)).map((key) => JSON.parse(sessionStorage.getItem(key) || "[]"));
  return found.flat().length;
}

async function leave(form, event) {
  const count = form.dataset.warned ? 0 : undelivered();
  if (!count) return keys().filter((key) => KEPT.test(key) && `${key}:`.includes(`${own}:`)).forEach((key) => sessionStorage.removeItem(key));
  event.preventDefault();
  event.stopImmediatePropagation();
  const text = `有 ${count} 份走访结果或收表记录还没有送达。现在退出登录，这些内容将被删除，须重新填写。`;
  const agreed = await ask({ title: "还有内容没有送达", text, yes: "删除并退出", no: "先不退出", final: true });
  if (!agreed) return undefined;
  form.dataset.warned = "1";
  return form.requestSubmit();
}

export function listen() {
  document.addEventListener("submit", (event) => {
    if (new URL(event.target.action, location.href).pathname === "/sign-out/") leave(event.target, event);
  }, true);
}
