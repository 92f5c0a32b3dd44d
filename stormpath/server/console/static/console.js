// What the pages do with a script: without it, all of it works by buttons.
"use strict";
document.documentElement.classList.add("with-script");
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-submit]")) field.form.requestSubmit();
  if (field.matches("[data-tick-all]"))
    for (const each of document.querySelectorAll('input[name="id"]')) each.checked = field.checked;
});

// What needs a script is shown where there is one.
for (const each of document.querySelectorAll("[data-with-script]")) each.hidden = false;

// Macros go to where the cursor was last, or to the end of the first text of the e-mail.
let lastText = null;
document.addEventListener("focusin", (event) => {
  if (event.target.matches("[data-macros] textarea, [data-macros] input[type=text]")) lastText = event.target;
});
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-insert]");
  if (!button) return;
  const field = lastText?.isConnected ? lastText : button.form.querySelector("textarea");
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
});
