// A field that is empty or of the wrong form is told so beside it, in our own words and place, instead of by the browser's bubble.
import { beside } from "./typing.js";

const SAYS = [
  ["valueMissing", (field) => (field.matches("select, [type=radio], [type=checkbox]") ? "请选择。" : field.matches("[type=file]") ? "请选择文件。" : "请填写。")],
  ["badInput", () => "填写的内容无法识别，请改写。"],
  ["tooShort", (field) => `至少 ${field.minLength} 个字。`],
  ["tooLong", (field) => `最多 ${field.maxLength} 个字。`],
  ["rangeUnderflow", (field) => `不能小于 ${field.min}。`],
  ["rangeOverflow", (field) => `不能大于 ${field.max}。`],
  ["stepMismatch", () => "请填写整数。"],
  ["typeMismatch", () => "格式不对，请改写。"],
  ["patternMismatch", (field) => field.title || "格式不对，请改写。"],
];

let first = null;

function tell(event) {
  const field = event.target;
  event.preventDefault();
  const found = SAYS.find(([kind]) => field.validity[kind]);
  beside(field, found ? found[1](field) : field.validationMessage);
  if (first) return;
  first = field;
  setTimeout(() => { first.focus(); first = null; });
}

export function listen() {
  document.addEventListener("invalid", tell, true);
}
