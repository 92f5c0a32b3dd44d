// What the pages do with a script: without it, all of it works by buttons.
"use strict";
document.documentElement.classList.add("with-script");
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-submit]")) field.form.requestSubmit();
  if (field.matches("[data-tick-all]"))
    for (const each of document.querySelectorAll('input[name="id"]')) each.checked = field.checked;
});

// Two minutes before the session ends, the page warns, and offers to stay logged in.
const warning = document.getElementById("session-warning");
if (warning) {
  const before = Number(warning.dataset.warning);
  let timer;
  const wait = (left) => {
    clearTimeout(timer);
    warning.hidden = left > before;
    warning.querySelector("[data-ending]").hidden = left <= 0;
    warning.querySelector("[data-ended]").hidden = left > 0;
    warning.querySelector("[data-stay]").hidden = left <= 0;
    if (left > 0) timer = setTimeout(ask, 1000 * (left > before ? left - before : left + 1));
  };
  // Another tab may have extended the session meanwhile, or ended it.
  const ask = async () => {
    try {
      const answer = await fetch(warning.dataset.time, { cache: "no-store" });
      wait((await answer.json()).idle);
    } catch {
      timer = setTimeout(ask, 30000);
    }
  };
  warning.querySelector("[data-stay]").addEventListener("submit", async (event) => {
    event.preventDefault();
    const form = event.target;
    const body = new URLSearchParams(new FormData(form));
    await fetch(form.action, { method: "POST", body, headers: { "HX-Request": "true" } }).catch(() => null);
    ask();
  });
  document.addEventListener("visibilitychange", () => document.hidden || ask());
  wait(Number(warning.dataset.idle));
}
for (const each of document.querySelectorAll("form[data-send-at-once]")) each.requestSubmit();
