// Keyboard shortcuts. A link, button or field declares its own: data-shortcut="n", "g s", "/"; data-shortcut-label says what
// it does in the help sheet. Nothing happens while somebody types (but for F1, which writes nothing), nor with Ctrl, Alt or Meta.
const PAUSE = 1200;
let begun = "";
let timer = 0;

const shown = (node) => node.getClientRects().length > 0 && !node.disabled && !node.closest("dialog:not([open])");
const declared = () => [...document.querySelectorAll("[data-shortcut]")];

export function listen({ typing }) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.isComposing) return;
    if (typing(event.target) && event.key !== "F1") return;
    const dialog = document.querySelector("dialog[open]");
    const keys = begun ? `${begun} ${event.key}` : event.key;
    const nodes = declared().filter((node) => (dialog ? dialog.contains(node) : true));
    const hit = nodes.find((node) => node.dataset.shortcut === keys && (shown(node) || keys.includes(" ")));
    clearTimeout(timer);
    begun = "";
    if (hit) {
      event.preventDefault();
      if (hit.dataset.opens === "keys") fill(document.getElementById("keys-body"));
      if (hit.matches("input, select, textarea")) { hit.focus(); hit.select?.(); } else hit.click();
    } else if (nodes.some((node) => node.dataset.shortcut.startsWith(`${keys} `))) {
      begun = keys;
      timer = setTimeout(() => { begun = ""; }, PAUSE);
    }
  });
  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-opens=keys]")) fill(document.getElementById("keys-body"));
  }, true);
}

function fill(body) {
  const list = document.createElement("dl");
  list.className = "keys";
  const seen = new Set();
  for (const node of declared()) {
    const { shortcut, shortcutLabel } = node.dataset;
    if (seen.has(shortcut)) continue;
    seen.add(shortcut);
    const term = document.createElement("dt");
    for (const key of shortcut.split(" ")) {
      const cap = document.createElement("kbd");
      cap.textContent = { " ": "空格", ArrowUp: "↑", ArrowDown: "↓", Enter: "回车" }[key] || key;
      term.append(cap);
    }
    const meaning = document.createElement("dd");
    meaning.textContent = shortcutLabel || node.textContent.trim();
    list.append(term, meaning);
  }
  body.replaceChildren(list);
}
