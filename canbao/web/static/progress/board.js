// The board reads itself anew; not while somebody stands in it with the keyboard or has a table of it open.
document.addEventListener("htmx:beforeRequest", (event) => {
  const board = document.getElementById("board");
  if (event.target !== board) return;
  if (document.hidden || board.contains(document.activeElement) || board.querySelector("details[open]")) event.preventDefault();
});
