// A chart beside its table: the numbers are read from the table, which says the same to everybody and is there without a chart.
// <div class="chart-box" data-chart="id of the table" data-unit="人">: the first column names the bars, each column of numbers is a series;
// data-days: the first column is a date, days without a row are drawn as none.
const drawn = new Map();
const LABELLED = 45; // bars that have room for their numbers
const SHORTEST = 10; // days

const number = (cell) => Number(cell.textContent.replace(/[^\d.-]/g, "")) || 0;

function read(table) {
  const heads = [...table.tHead.rows[0].cells];
  const columns = heads.map((head, place) => [head, place]).filter(([head]) => head.matches(".number"));
  const rows = [...table.tBodies[0].rows].filter((row) => row.cells.length === heads.length);
  return { names: columns.map(([head]) => head.textContent.trim()), rows: rows.map((row) => [row.cells[0].textContent.trim(), ...columns.map(([, place]) => number(row.cells[place]))]) };
}

function day(iso, more) {
  const date = new Date(`${iso}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + more);
  return date.toISOString().slice(0, 10);
}

// Every day from the first to the last that has a row; at least some days, so that a bar is not as wide as the chart.
function everyDay(rows, series) {
  const held = new Map(rows.map((row) => [row[0], row]));
  const days = [...held.keys()].sort();
  const last = days[days.length - 1];
  let one = days[0] > day(last, 1 - SHORTEST) ? day(last, 1 - SHORTEST) : days[0];
  const all = [];
  for (; one <= last; one = day(one, 1)) all.push(held.get(one) || [one, ...Array(series).fill(0)]);
  return all;
}

function options({ names, rows }, { unit = "", days }) {
  const styles = getComputedStyle(document.documentElement);
  const colour = (name) => styles.getPropertyValue(name).trim();
  const text = { color: colour("--ink-2"), fontSize: parseFloat(styles.fontSize) * 0.8 };
  const line = { lineStyle: { color: colour("--line") } };
  const roomy = rows.length * names.length <= LABELLED;
  return {
    animation: false,
    color: [1, 2, 3, 4].map((one) => colour(`--series-${one}`)),
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
    grid: { left: 4, right: 12, top: names.length > 1 ? 44 : 30, bottom: 4, containLabel: true },
    legend: { show: names.length > 1, top: 0, right: 0, itemWidth: 14, textStyle: text, inactiveColor: colour("--plain-line") },
    tooltip: { trigger: "axis", renderMode: "richText", confine: true, axisPointer: { type: "shadow" }, backgroundColor: colour("--card"), borderColor: colour("--line"), textStyle: { ...text, color: colour("--ink") } },
    xAxis: { type: "category", data: rows.map((row) => row[0]), axisLine: line, axisTick: { show: false }, axisLabel: { ...text, hideOverlap: true, formatter: (name) => (days === undefined ? name : name.slice(5)) } },
    yAxis: { type: "value", name: unit, nameTextStyle: { ...text, align: "left" }, minInterval: 1, axisLabel: { ...text, formatter: (value) => value.toLocaleString("zh-CN") }, splitLine: line },
    series: names.map((name, place) => ({
      name, type: "bar", barMaxWidth: 26, data: rows.map((row) => row[place + 1]),
      label: { show: roomy, position: "top", color: colour("--ink"), fontSize: text.fontSize, formatter: ({ value }) => (value ? value.toLocaleString("zh-CN") : "") },
    })),
  };
}

function draw(place) {
  const table = document.getElementById(place.dataset.chart);
  if (!table || drawn.has(place)) return;
  const found = read(table);
  if (!found.rows.length) return;
  if (place.dataset.days !== undefined) found.rows = everyDay(found.rows, found.names.length);
  place.classList.add("is-drawn");
  const chart = window.echarts.init(place);
  chart.setOption(options(found, place.dataset));
  drawn.set(place, chart);
  sizes.observe(place);
}

const sizes = new ResizeObserver((seen) => { for (const { target } of seen) drawn.get(target)?.resize(); });

function drawAll() {
  for (const [place, chart] of drawn) if (!place.isConnected) { sizes.unobserve(place); chart.dispose(); drawn.delete(place); }
  for (const place of document.querySelectorAll("[data-chart]")) draw(place);
}

drawAll();
document.addEventListener("htmx:afterSettle", drawAll);
