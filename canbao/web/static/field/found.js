// The device draws the number of what it reports; whatever was typed of somebody found survives a reload of this tab.
const form = document.getElementById("found");
const KEPT = `field-found:${document.body.dataset.account || ""}`;
const names = () => [...form.querySelectorAll("input:not([type=hidden]), select")];

if (form && !document.getElementById("twins")) {
  if (!form.querySelector(".is-must")) form.elements.client_id.value = crypto.randomUUID();
  let values = {};
  try { values = JSON.parse(sessionStorage.getItem(KEPT) || "{}"); } catch { values = {}; }
  for (const one of names()) if (!one.value && values[one.name]) one.value = values[one.name];
  form.addEventListener("input", () => {
    try { sessionStorage.setItem(KEPT, JSON.stringify(Object.fromEntries(names().map((one) => [one.name, one.value])))); } catch { /* only this page remembers */ }
  });
}
document.getElementById("twins")?.focus();
if (!form) try { sessionStorage.removeItem(KEPT); } catch { /* nothing was kept */ }
