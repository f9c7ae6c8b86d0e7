// The one question before an act: our own dialog instead of the browser's. It opens with the safe answer focused where the act cannot
// be taken back (data-final), Esc is no, and the focus goes back to where it was. hx-confirm of htmx comes here by itself.
const dialog = document.getElementById("ask");

// -> true where it was agreed to. yes, no: the words on the buttons.
export function ask({ title, text, yes = "确定", no = "取消", final = false }) {
  const before = document.activeElement;
  const [refuse, agree] = [dialog.querySelector("[value=no]"), dialog.querySelector("[value=yes]")];
  dialog.querySelector("h2").textContent = title;
  dialog.querySelector("p").textContent = text;
  refuse.textContent = no;
  agree.textContent = yes;
  agree.className = final ? "btn btn-danger" : "btn btn-primary";
  dialog.returnValue = "no";
  dialog.showModal();
  (final ? refuse : agree).focus();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => {
      before?.focus?.();
      answer(dialog.returnValue === "yes");
    }, { once: true });
  });
}

async function confirm(event) {
  const { question, elt, triggeringEvent, issueRequest } = event.detail;
  if (!question) return;
  event.preventDefault();
  if (dialog.open) return; // pressed twice
  const pressed = triggeringEvent?.submitter?.textContent.trim();
  const title = elt.dataset.title || pressed || "请确认";
  if (await ask({ title, text: question, yes: pressed || "确定", final: "final" in elt.dataset })) issueRequest(true);
}

export function listen() {
  if (dialog) document.addEventListener("htmx:confirm", confirm);
}
