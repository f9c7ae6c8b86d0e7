// What is said beside a field while somebody types: an identity number in a reason or remark, a text that is too long to be pasted
// whole. Enter in a field that fetches a list to pick from picks; it does not send the form.
const NOTES = /^(reason|note|more|remark|letter_reason|reason_same|reason_different|why-.*)$/;
const NUMBER = /(?<!\d)(?:\d{17}[\dXx]|\d{15})(?!\d)/;

function beside(field, text) {
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
const carries = (field) => NUMBER.test(field.value.normalize("NFKC").replace(/(?<=\d)[ -](?=[\dXx])/g, ""));

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
