// A table of ticks by keyboard: j and k walk, x ticks. The buttons of the page press themselves. Nothing here decides.
const typing = (node) => node instanceof Element && node.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
const lines = () => [...document.querySelectorAll("[data-line]")];
const boxes = () => [...document.querySelectorAll("[data-line] input[type=checkbox]")];
let here = -1;
let goes = -Infinity; // "g j" opens a page of the menu

function mark(place) {
  const all = lines();
  if (!all.length) return;
  here = Math.max(0, Math.min(all.length - 1, place));
  all.forEach((line, number) => line.classList.toggle("is-here", number === here));
}

function walk(place) {
  mark(place);
  const line = lines()[here];
  if (!line) return;
  line.querySelector("input[type=checkbox]")?.focus({ preventScroll: true });
  line.scrollIntoView({ block: "nearest" });
}

function count() {
  const said = document.getElementById("ticked");
  const every = document.getElementById("tick-every");
  if (said) said.textContent = every && every.checked ? said.dataset.every : `已勾选 ${boxes().filter((box) => box.checked).length} ${said.dataset.unit}`;
}

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.timeStamp - goes < 1300) { goes = -Infinity; return; }
  if (event.key === "g") { goes = event.timeStamp; return; }
  const acts = {
    j: () => walk(here + 1),
    k: () => walk(here - 1),
    x: () => {
      const box = lines()[here]?.querySelector("input[type=checkbox]");
      if (box) { box.checked = !box.checked; count(); }
    },
  };
  const act = acts[event.key.toLowerCase()];
  if (act) { event.preventDefault(); act(); }
});

document.addEventListener("change", (event) => {
  if (event.target.id === "tick-all") boxes().forEach((box) => { box.checked = event.target.checked; });
  count();
});
document.addEventListener("focusin", (event) => {
  const line = event.target.closest("[data-line]");
  if (line) mark(lines().indexOf(line));
});
document.addEventListener("htmx:load", (event) => { // another page in the place of this one
  if (event.detail.elt === document.body) { here = -1; count(); }
});
count();
