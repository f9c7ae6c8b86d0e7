// Files dropped on the box become those of the file input; how far the upload is, is shown. Without this the form works as it is.
import { say } from "/static/canbao/say.js";
import { free } from "/static/canbao/sending.js";

const form = document.getElementById("upload");
const box = document.getElementById("drop");
const input = form?.querySelector("input[type=file]");
const list = document.getElementById("chosen");
const MEGABYTE = 1048576;
const MOST = 20 * MEGABYTE; // of one file; the server says it, too
const MOST_AT_ONCE = 100 * MEGABYTE;

function shown() {
  list.replaceChildren(...[...input.files].map((file) => {
    const one = document.createElement("li");
    one.textContent = `${file.name}（${(file.size / MEGABYTE).toFixed(1)} MB）${file.size > MOST ? "：超过 20 MB，不能收存" : ""}`;
    return one;
  }));
}

function over(event, is) {
  if (![...(event.dataTransfer?.types || [])].includes("Files")) return;
  event.preventDefault();
  box.classList.toggle("is-over", is);
}

// Known before anything is sent: the server would close the line in the middle of it.
function tooMuch() {
  const large = [...input.files].find((file) => file.size > MOST);
  if (large) return `“${large.name}”超过 20 MB`;
  const total = [...input.files].reduce((sum, file) => sum + file.size, 0);
  return total > MOST_AT_ONCE ? `文件合计 ${Math.ceil(total / MEGABYTE)} MB，超过 100 MB` : "";
}

function send(event) {
  event.preventDefault();
  const why = tooMuch();
  if (why) {
    free(form);
    return say(`没有收存：${why}。请降低扫描分辨率（300 dpi 足够），或分几次收存。`, "error");
  }
  const bar = document.getElementById("progress");
  const asked = new XMLHttpRequest();
  bar.hidden = false;
  asked.upload.addEventListener("progress", ({ loaded, total }) => {
    bar.querySelector("progress").value = total ? Math.round((loaded / total) * 100) : 0;
    bar.querySelector("span").textContent = loaded < total ? `正在上传 ${Math.round((loaded / total) * 100)}%` : "正在检查、加密保存";
  });
  asked.addEventListener("load", () => {
    if (asked.status >= 400) return wrong(asked);
    let go = location.href; // a session that has ended shows itself there
    try { go = JSON.parse(asked.responseText).go; } catch { /* not ours */ }
    return location.assign(go);
  });
  asked.addEventListener("error", () => { bar.hidden = true; free(form); say("没有传上去：连不上服务器。请检查网络后再收存。", "error"); });
  asked.open("POST", form.action);
  asked.setRequestHeader("Accept", "application/json");
  asked.send(new FormData(form));
}

// An upload that was not taken in is answered in JSON, or by the proxy in front with a page of its own.
function refusal(asked) {
  try { return JSON.parse(asked.responseText).message; } catch { return "一次提交的内容超过了允许的大小（合计 100 MB）。请分几次收存。"; }
}

// What is wrong stands beside the field, as the server has said it.
function wrong(asked) {
  document.getElementById("progress").hidden = true;
  free(form);
  const page = new DOMParser().parseFromString(asked.responseText, "text/html");
  for (const old of form.querySelectorAll(".field-notes.is-must")) old.remove();
  const notes = [...page.querySelectorAll("#upload .field-notes.is-must")];
  for (const note of notes) {
    const field = document.getElementById(note.id.replace(/_error$/, ""))?.closest(".field") || box;
    field.append(document.importNode(note, true));
  }
  if ([408, 413, 429, 507].includes(asked.status)) return say(`没有收存：${refusal(asked)}`, "error");
  if (!notes.length) say(`没有收存（${asked.status}）。请刷新页面再试，仍不行请联系系统管理员。`, "error");
}

if (form && input) {
  for (const name of ["dragenter", "dragover"]) box.addEventListener(name, (event) => over(event, true));
  box.addEventListener("dragleave", (event) => over(event, false));
  box.addEventListener("drop", (event) => {
    over(event, false);
    const all = new DataTransfer();
    for (const file of [...input.files, ...event.dataTransfer.files]) all.items.add(file);
    input.files = all.files;
    shown();
  });
  input.addEventListener("change", shown);
  form.addEventListener("submit", send);
}
