// What the pages do with a script: without it, all of it works by buttons.
"use strict";
document.documentElement.classList.add("with-script");
document.addEventListener("change", (event) => {
  const field = event.target;
  if (field.matches("[data-submit]")) field.form.requestSubmit();
  if (field.matches("[data-tick-all]"))
    for (const each of document.querySelectorAll('input[name="id"]')) each.checked = field.checked;
});

// The search box of every page: its findings are a list box, walked with the arrow keys.
(() => {
  const box = document.getElementById("search-all");
  const found = document.getElementById("search-found");
  if (!box || !found) return;
  const options = () => [...found.querySelectorAll('[role="option"]')];
  const show = (isShown) => {
    found.hidden = !isShown;
    box.setAttribute("aria-expanded", String(isShown));
    if (!isShown) mark(null);
  };
  const mark = (option) => {
    for (const each of options()) each.setAttribute("aria-selected", String(each === option));
    if (option) {
      box.setAttribute("aria-activedescendant", option.id);
      option.scrollIntoView({ block: "nearest" });
    } else box.removeAttribute("aria-activedescendant");
  };
  new MutationObserver(() => {
    mark(null);
    show(box.value.trim() !== "" && found.childElementCount > 0);
  }).observe(found, { childList: true });
  box.addEventListener("keydown", (event) => {
    const all = options();
    const at = all.findIndex((each) => each.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!all.length) return;
      show(true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      mark(all[at < 0 && step < 0 ? all.length - 1 : (at + step + all.length) % all.length]);
      event.preventDefault();
    } else if (event.key === "Enter" && at >= 0) {
      event.preventDefault();
      all[at].click();
    } else if (event.key === "Escape" && !found.hidden) {
      show(false);
      event.preventDefault();
    }
  });
  document.addEventListener("focusin", (event) => {
    if (event.target !== box && !found.contains(event.target)) show(false);
  });
  document.addEventListener("click", (event) => {
    if (event.target !== box && !found.contains(event.target)) show(false);
  });
})();

// "All that match" is one more way to choose rows.
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-every]")) return;
  for (const each of document.querySelectorAll('input[name="id"], [data-tick-all]')) each.disabled = event.target.checked;
});
