// What was opened for some minutes closes by itself: the file is asked for anew when the first time is up. j and k walk the sections.
const left = [...document.querySelectorAll("[data-until]")].map((node) => [node, Date.parse(node.dataset.until)]);

function tick() {
  const now = Date.now();
  for (const [node, until] of left) {
    const seconds = Math.ceil((until - now) / 1000);
    if (seconds <= 0) return location.reload();
    node.textContent = `剩余 ${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
  }
  setTimeout(tick, 1000);
}
if (left.length) tick();

const links = [...document.querySelectorAll(".sections a")];
document.addEventListener("keydown", (event) => {
  if (!["j", "k"].includes(event.key) || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.target.closest("input, textarea, select, dialog[open]")) return;
  const here = links.findIndex((link) => link.hash === location.hash);
  links[Math.min(Math.max(here + (event.key === "j" ? 1 : -1), 0), links.length - 1)]?.click();
});

// Among several people found: on to the one before and the one after.
let found = [];
try { found = JSON.parse(sessionStorage.getItem(`found-people:${document.body.dataset.account || ""}`) || "[]"); } catch { /* none */ }
const here = found.indexOf(location.pathname);
const among = document.getElementById("among");
if (among && here >= 0 && found.length > 1) {
  among.hidden = false;
  among.querySelector("span").textContent = `查询结果 ${here + 1} / ${found.length}`;
  for (const [rel, step] of [["prev", -1], ["next", 1]]) {
    const link = among.querySelector(`[rel=${rel}]`);
    if (found[here + step]) link.href = found[here + step]; else link.remove();
  }
}

// The records of the sources are fetched when they are looked at; until then there is nothing of them to print.
document.addEventListener("htmx:afterSettle", () => {
  const sources = document.getElementById("sources");
  if (sources && !sources.querySelector("[hx-get]")) sources.classList.remove("is-unread");
});
