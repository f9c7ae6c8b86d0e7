// A form is sent once: while it is on its way its buttons are off. What is sent twice all the same (a lost answer, the back button)
// carries the same submission id and is acted on once by the server. Before it is sent the session is asked for: a form that came to
// the sign-in page would be lost.
import { say } from "./say.js";
import { alive, gone, isFresh } from "./session.js";

const AGAIN = 3000; // a form that opens another window stays on its page

const buttons = (form) => [...form.elements].filter((one) => one.matches("button:not([type=button]), input[type=submit]"));

export function hold(form) {
  form.dataset.sent = "1";
  form.setAttribute("aria-busy", "true");
  // After the event: a button that is off would not be sent with its form.
  setTimeout(() => { if (form.dataset.sent) for (const one of buttons(form)) if (!one.disabled) { one.disabled = true; one.dataset.held = ""; } });
  if (form.target === "_blank") setTimeout(() => free(form), AGAIN);
}

export function free(form) {
  delete form.dataset.sent;
  form.removeAttribute("aria-busy");
  for (const one of buttons(form)) if ("held" in one.dataset) { one.disabled = false; delete one.dataset.held; }
}

async function sendLater(form, submitter) {
  if (form.dataset.asking) return; // pressed twice while the session is asked for
  form.dataset.asking = "1";
  const send = () => { delete form.dataset.asking; form.dataset.checked = "1"; form.requestSubmit(submitter); };
  try {
    if (await alive()) send(); else gone(send);
  } catch {
    delete form.dataset.asking;
    say("连不上服务器，没有提交。内容都还在，请检查网络后再试。", "error");
  }
}

export function listen() {
  const asks = Boolean(document.body.dataset.account);
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.matches("[hx-post],[hx-put],[hx-delete]")) return;
    if (form.dataset.sent) event.preventDefault();
    else if (asks && !isFresh() && !form.dataset.checked) { event.preventDefault(); sendLater(form, event.submitter); }
    else { delete form.dataset.checked; hold(form); }
  });
  addEventListener("pageshow", () => document.querySelectorAll("form[data-sent]").forEach(free));
}
