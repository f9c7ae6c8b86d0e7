// The desk by keyboard: j and k walk, x ticks; b and y are buttons of the page and press themselves. Nothing here decides.
const typing = (node) => node instanceof Element && node.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const lines = () => [...document.querySelectorAll("[data-line]")];
let here = -1;
let goes = -Infinity; // "g j" opens a page of the menu

function walk(to) {
  const all = lines();
  if (!all.length) return;
  here = Math.max(0, Math.min(all.length - 1, to));
  all.forEach((line, place) => line.classList.toggle("is-here", place === here));
  all[here].querySelector("input[name=task]").focus({ preventScroll: true });
  all[here].scrollIntoView({ block: "nearest" });
}

function count() {
  const ticked = document.querySelectorAll("input[name=task]:checked").length;
  const said = document.getElementById("ticked");
  if (said) said.textContent = `已勾选 ${ticked} 人`;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.timeStamp - goes < 1300) { goes = -Infinity; return; }
  if (event.key === "g") { goes = event.timeStamp; return; }
  const all = lines();
  const acts = {
    j: () => walk(here + 1),
    k: () => walk(here - 1),
    x: () => {
      const box = all[here] && all[here].querySelector("input[name=task]");
      if (box) { box.checked = !box.checked; count(); }
    },
  };
  const act = acts[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "tick-all") document.querySelectorAll("input[name=task]").forEach((box) => { box.checked = event.target.checked && box.hasAttribute("data-can-close"); });
  count();
});
document.addEventListener("focusin", (event) => {
  const line = event.target.closest("[data-line]");
  if (!line) return;
  here = lines().indexOf(line);
  lines().forEach((one) => one.classList.toggle("is-here", one === line));
});
count();
