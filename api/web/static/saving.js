// Saves a form quietly while it is filled in. Without this script the Save button does it.
"use strict";
(() => {
  const form = document.getElementById("scores");
  const told = document.getElementById("saved");
  if (!form || !told) return;
  let waiting = null, sending = null, again = false;

  async function save() {
    if (sending) { again = true; return; }
    const data = new FormData(form);
    data.set("do", "quietly");
    try {
      sending = fetch(form.action, {method: "POST", body: data, credentials: "same-origin", redirect: "error"});
      const answer = await sending;
      told.textContent = answer.ok ? told.dataset.saved : told.dataset.unsaved;
    } catch {
      told.textContent = told.dataset.unsaved;
    }
    sending = null;
    if (again) { again = false; save(); }
  }

  form.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(save, 1500); });
  form.addEventListener("change", () => { clearTimeout(waiting); waiting = setTimeout(save, 300); });
  form.addEventListener("submit", () => clearTimeout(waiting));
})();
