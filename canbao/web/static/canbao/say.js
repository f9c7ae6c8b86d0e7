// A short message in the corner, spoken by screen readers.
export function say(text, kind = "success") {
  const box = document.getElementById("toasts");
  if (!box) return;
  const one = document.createElement("div");
  one.className = `toast-one is-${kind}`;
  const words = document.createElement("span");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.dataset.closes = "";
  close.setAttribute("aria-label", "关闭");
  close.textContent = "×";
  one.append(words, close);
  box.replaceChildren(...[...box.children].slice(-2), one);
  if (kind === "success") setTimeout(() => one.matches(":hover, :focus-within") || one.remove(), 8000);
}
