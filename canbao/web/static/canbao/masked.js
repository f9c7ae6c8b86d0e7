// What is hidden by stars is read as hidden, not star by star: 500**************7 is "500，已隐藏，7".
const STARS = /\*{3,}/;

const words = (text) => text.trim().split(/\*{3,}/).join("，已隐藏，").replace(/^，|，$/g, "");

function name(root) {
  const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walk.nextNode()) if (STARS.test(walk.currentNode.data) && !walk.currentNode.parentElement.closest("[role=img], textarea, script, title, option")) found.push(walk.currentNode);
  for (const text of found) {
    const label = document.createElement("span");
    label.setAttribute("role", "img");
    label.setAttribute("aria-label", words(text.data));
    text.replaceWith(label);
    label.append(text);
  }
}

export function listen() {
  name(document.body);
  document.addEventListener("htmx:afterSettle", (event) => { if (event.detail.elt.isConnected) name(event.detail.elt.parentElement || event.detail.elt); });
}
