// What the pages do with a script: without it, all of it works by buttons.
"use strict";
document.documentElement.classList.add("with-script");
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-submit]")) field.form.requestSubmit();
  if (field.matches("[data-tick-all]"))
    for (const each of document.querySelectorAll('input[name="id"]')) each.checked = field.checked;
});
// A row of custom data saves itself when it changes, and when it is reverted.
document.addEventListener("reset", (event) => {
  const form = event.target;
  if (form.matches("[data-autosave]"))
    setTimeout(() => form.dispatchEvent(new Event("change", { bubbles: true })));
});
