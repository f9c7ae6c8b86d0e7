// Warn before the server ends an idle session. It counts to the minute, so the warning comes two minutes early.
const dialog = document.getElementById("idle");
const minutes = Number(dialog?.dataset.minutes);
let warning, over;

function start() {
  clearTimeout(warning);
  clearTimeout(over);
  warning = setTimeout(warn, Math.max(minutes - 2, 0.5) * 60000);
}

function warn() {
  dialog.showModal();
  over = setTimeout(() => show(true), 60000);
}

function show(isOver) {
  for (const part of dialog.querySelectorAll("[data-over]")) part.hidden = !isOver;
  for (const part of dialog.querySelectorAll("[data-still], [data-stay]")) part.hidden = isOver;
  const back = new URLSearchParams({ next: location.pathname + location.search });
  dialog.querySelector("a").href = `/sign-in/?${back}`;
}

async function stay() {
  const answer = await fetch("/me/", { redirect: "manual", headers: { "HX-Request": "false" } });
  if (!answer.ok) return show(true);
  dialog.close();
  return start();
}

if (minutes) {
  dialog.querySelector("[data-stay]").addEventListener("click", stay);
  document.addEventListener("htmx:afterRequest", (event) => {
    const isQuiet = event.detail.pathInfo.requestPath.includes("/progress/"); // asks by itself, keeps nothing alive
    if (!isQuiet && event.detail.successful && !dialog.open) start();
  });
  start();
}
