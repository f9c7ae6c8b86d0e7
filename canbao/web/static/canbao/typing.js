// What is said beside a field while somebody types: an identity number in a reason or remark, a text that is too long to be pasted
// whole. Enter in a field that fetches a list to pick from picks; it does not send the form.
const NOTES = /^(reason|note|more|remark|letter_reason|reason_same|reason_different|why-.*)$/;
const NUMBER = /(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)/g;
const WEIGHTS = [7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2];

export function beside(field, text) {
  const id = `${field.id || field.name}_typed`;
  document.getElementById(id)?.remove();
  field.classList.toggle("is-invalid", Boolean(text));
  if (!text) return;
  const note = document.createElement("div");
  note.className = "field-notes is-must";
  note.id = id;
  note.setAttribute("role", "alert");
  note.textContent = text;
  (field.closest("label, .field") || field).append(note);
  field.setAttribute("aria-describedby", id);
}

const isNote = (node) => node.matches?.("input:not([type=hidden]), textarea") && NOTES.test(node.name);
// As `rules.notes.carries_number`: numbers of forms and cards, which have no birth date and check digit, may be written.
function isCitizen(run) {
  const long = run.length === 15 ? `${run.slice(0, 6)}19${run.slice(6)}` : run.slice(0, 17);
  const [year, month, day] = [long.slice(6, 10), long.slice(10, 12), long.slice(12, 14)].map(Number);
  const born = new Date(Date.UTC(year, month - 1, day));
  if (long[0] < "1" || long[0] > "8" || born.getUTCMonth() !== month - 1 || born.getUTCDate() !== day) return false;
  const sum = WEIGHTS.reduce((total, weight, place) => total + weight * Number(long[place]), 0);
  return run.length === 15 || "10X98765432"[sum % 11] === run[17].toUpperCase();
}
export const carriesNumber = (text) => (text.normalize("NFKC").replace(/(?<=\d)[ -](?=[\dXx])/g, "").match(NUMBER) || []).some(isCitizen);
const carries = (field) => carriesNumber(field.value);

function paste(event) {
  const field = event.target;
  if (!(field.maxLength > 0)) return;
  const text = event.clipboardData?.getData("text") || "";
  const kept = field.value.length - (field.selectionEnd - field.selectionStart);
  if (kept + text.length <= field.maxLength) return;
  event.preventDefault();
  beside(field, `内容超过 ${field.maxLength} 个字，没有粘贴。请缩短后再粘贴。`);
}

function pick(event) {
  const field = event.target;
  if (event.key !== "Enter" || event.isComposing || !field.matches?.("input[hx-get][hx-target]")) return;
  const list = document.querySelector(field.getAttribute("hx-target"));
  if (!list?.matches("[data-keeps-pick]")) return;
  event.preventDefault();
  const choice = list.querySelector("input[type=radio]:checked") || list.querySelector("input[type=radio]");
  if (choice) { choice.checked = true; choice.focus(); }
}

export function listen() {
  document.addEventListener("paste", paste);
  document.addEventListener("keydown", pick);
  document.addEventListener("change", ({ target }) => { if (document.getElementById(`${target.id || target.name}_typed`)) beside(target, ""); });
  document.addEventListener("input", ({ target }) => { if (document.getElementById(`${target.id || target.name}_typed`)) beside(target, ""); });
  document.addEventListener("submit", (event) => {
    const wrong = [...event.target.elements].find((field) => isNote(field) && carries(field));
    if (!wrong) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    beside(wrong, "说明、理由中不要写证件号码，请改写后再提交。");
    wrong.focus();
  }, true);
}
