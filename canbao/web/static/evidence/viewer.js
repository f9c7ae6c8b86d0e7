// Larger, smaller, turned: by classes, which the next page keeps.
const sheet = document.getElementById("sheet");
const KEPT = "evidence-zoom";
let zoom = Math.min(4, Math.max(0, Number(sessionStorage.getItem(KEPT) ?? 1) || 0));
let turn = 0;

function draw() {
  if (sheet) sheet.className = `sheet-of-paper zoom-${zoom} turn-${turn}`;
}

document.addEventListener("click", (event) => {
  const by = event.target.closest("[data-zoom]");
  if (by) {
    zoom = Math.min(4, Math.max(0, zoom + Number(by.dataset.zoom)));
    sessionStorage.setItem(KEPT, String(zoom));
  } else if (event.target.closest("[data-turns]")) turn = (turn + 1) % 4;
  else return;
  draw();
});
draw();
