// Tables that are whole on their page are sorted in place (data-sorts): by number the largest first, by name as written. Rows with
// data-last stay last, the foot is not touched. How a table was sorted outlives its being fetched anew.
const sorted = new Map();

const text = (row, column) => row.cells[column]?.textContent.trim() ?? "";
const number = (row, column) => Number(text(row, column).replace(/[^\d.-]/g, "") || "-1");

function order(table, column, down) {
  const numeric = table.tHead.rows[0].cells[column].matches(".number");
  const compare = numeric ? (a, b) => number(a, column) - number(b, column) : (a, b) => text(a, column).localeCompare(text(b, column), "zh-CN");
  const rows = [...table.tBodies[0].rows].map((row, place) => ({ row, place }));
  rows.sort((a, b) => ("last" in a.row.dataset) - ("last" in b.row.dataset) || (down ? -1 : 1) * compare(a.row, b.row) || a.place - b.place);
  table.tBodies[0].append(...rows.map(({ row }) => row));
  [...table.tHead.rows[0].cells].forEach((head, place) => {
    if (place === column) head.setAttribute("aria-sort", down ? "descending" : "ascending"); else head.removeAttribute("aria-sort");
  });
  sorted.set(table.id, [column, down]);
}

function prepare(table) {
  table.dataset.sorts = "ready";
  [...table.tHead.rows[0].cells].forEach((head, column) => {
    if (head.matches("[data-unsorted]")) return;
    const button = document.createElement("button");
    button.type = "button";
    button.className = "sort";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const now = head.getAttribute("aria-sort");
      order(table, column, now ? now === "ascending" : head.matches(".number"));
    });
  });
  const kept = sorted.get(table.id);
  if (kept) order(table, ...kept);
}

export function listen() {
  const all = () => document.querySelectorAll("table[data-sorts='']").forEach(prepare);
  all();
  document.addEventListener("htmx:afterSettle", all);
}
