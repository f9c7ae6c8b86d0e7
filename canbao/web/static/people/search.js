// Arrow keys walk through the people found; Enter opens, as on any link. From the box, ArrowDown goes to the first one.
const links = () => [...document.querySelectorAll("[data-hits] tbody a")];

document.addEventListener("keydown", (event) => {
  if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
  const all = links();
  const here = all.indexOf(document.activeElement);
  const typing = document.activeElement?.id === "id_q";
  if (!all.length || (here < 0 && !typing)) return;
  event.preventDefault();
  const next = here + (event.key === "ArrowDown" ? 1 : -1);
  (all[next] ?? (next < 0 ? document.getElementById("id_q") : all[here]))?.focus();
});

// The file of one of them leads on to the next.
function remember() {
  const found = links().map((link) => link.pathname);
  try { if (found.length) sessionStorage.setItem(`found-people:${document.body.dataset.account || ""}`, JSON.stringify(found)); } catch { /* there is the list */ }
}
remember();
document.addEventListener("htmx:afterSettle", remember);
