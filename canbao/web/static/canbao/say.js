// A short message: good news in the corner, where it fades; what was not done at the top of the page, where it stays and covers nothing.
export function say(text, kind = "success") {
  const good = kind === "success";
  const box = document.getElementById(good ? "toasts" : "notices");
  if (!box) return;
  const one = document.createElement("div");
  one.className = good ? `toast-one is-${kind}` : "callout is-bad";
  const words = document.createElement(good ? "span" : "p");
  words.textContent = text;
  const close = document.createElement("button");
  close.type = "button";
  close.className = "close";
  close.dataset.closes = "";
  close.setAttribute("aria-label", "关闭");
  close.textContent = "×";
  one.append(words, close);
  box.replaceChildren(...[...box.children].slice(-2), one);
  if (good) setTimeout(() => one.matches(":hover, :focus-within") || one.remove(), 8000);
  else one.scrollIntoView({ block: "nearest" });
}
