// The page where cases are decided: letters beside the digits. Nothing here decides twice: while an
// answer is on its way the buttons are disabled, and a key finds nothing to press.
const LETTERS = { s: "1", d: "2", l: "3", S: "1", D: "2", L: "3", U: "u" };
const typing = (node) => node instanceof Element && node.closest("input, textarea, select, [contenteditable]");

let goes = -Infinity; // "g s" opens a page of the menu and decides nothing

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing || event.repeat || typing(event.target)) return;
  if (document.querySelector("dialog[open]")) return;
  if (event.timeStamp - goes < 1300) { goes = -Infinity; return; }
  if (event.key === "g") { goes = event.timeStamp; return; }
  const digit = LETTERS[event.key];
  const button = digit && document.querySelector(`#desk [data-shortcut="${digit}"]:not(:disabled)`);
  if (button) {
    event.preventDefault();
    button.click();
  }
});

// A key held down would decide case after case unseen.
document.addEventListener("keydown", (event) => {
  if (event.repeat && !typing(event.target)) event.stopImmediatePropagation();
}, true);

// After a decision the next case is read from its top.
document.addEventListener("htmx:afterSwap", () => {
  if (document.getElementById("desk")) window.scrollTo(0, 0);
});
