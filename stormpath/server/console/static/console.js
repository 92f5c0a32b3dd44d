// What the pages do with a script. Without it, all of it works by buttons, links and numbers.
"use strict";

const root = document.documentElement;
root.classList.add("with-script");

const find = (selector, where = document) => where.querySelector(selector);
const every = (selector, where = document) => [...where.querySelectorAll(selector)];

// Screen readers read what is put here.
const announce = (text) => {
  const place = find("#announcer");
  if (place) place.textContent = text;
};

// Lists: tick all, count what is ticked, submit on change

const ticks = () => every('input[type="checkbox"][name="id"]');

const countTicks = () => {
  const all = ticks();
  const number = all.filter((each) => each.checked).length;
  for (const each of every("[data-ticked]"))
    each.textContent = number ? each.dataset.ticked.replace("#", number) : "";
  const isEvery = find("[data-every]")?.checked ?? false;
  for (const each of every("[data-needs-ticks]")) each.disabled = number === 0 && !isEvery;
  const master = find("[data-tick-all]");
  if (!master) return;
  master.checked = number > 0 && number === all.length;
  master.indeterminate = number > 0 && number < all.length;
};

document.addEventListener("change", ({ target }) => {
  if (target.matches("[data-tick-all]")) for (const each of ticks()) each.checked = target.checked;
  if (target.matches('[data-tick-all], [data-every], [name="id"]')) countTicks();
  if (target.matches("[data-submit]")) target.form.requestSubmit();
});

// Copy the text of an element; put a text into the field that was used last

let lastField = null;
document.addEventListener("focusin", ({ target }) => {
  if (target.matches('textarea, input[type="text"]')) lastField = target;
});

const insertText = (button) => {
  const named = button.dataset.into && document.getElementById(button.dataset.into);
  const form = button.closest("form");
  const known = lastField && lastField.isConnected && (!form || lastField.form === form) ? lastField : null;
  const field = named || known || find("textarea", form || document);
  if (!field) return;
  field.focus();
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
};

const copyText = async (button) => {
  const before = button.dataset.before || button.innerHTML;
  button.dataset.before = before;
  try {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  } catch {
    // Not over plain HTTP: the text is selected, to be copied by hand.
    getSelection().selectAllChildren(document.getElementById(button.dataset.copy));
    return;
  }
  button.textContent = button.dataset.done;
  announce(button.dataset.done);
  setTimeout(() => (button.innerHTML = before), 2000);
};

document.addEventListener("click", ({ target }) => {
  const button = target.closest("[data-copy], [data-insert]");
  if (button?.matches("[data-copy]")) copyText(button);
  if (button?.matches("[data-insert]")) insertText(button);
  // A menu closes by a click beside it.
  for (const each of every("details.menu[open]")) if (!each.contains(target)) each.open = false;
});

document.addEventListener("keydown", (event) => {
  const opened = event.key === "Escape" && find("details.menu[open]");
  if (opened) {
    opened.open = false;
    find("summary", opened).focus();
  }
  const isTyping = event.target.matches("input, textarea, select, [contenteditable]");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey && find("#search-all")) {
    event.preventDefault();
    find("#search-all").focus();
  }
});

// Forms: what was typed is not lost by leaving the page

const changed = new Set();
let isLeaving = false;
document.addEventListener("input", ({ target }) => {
  if (target.form?.matches("[data-unsaved]")) changed.add(target.form);
});
// What came back with an error, or as code, was typed and is not saved either.
for (const each of every("form[data-unsaved]"))
  if (find("[aria-invalid]", each) || find("#code")) changed.add(each);
document.addEventListener("submit", ({ target }) => {
  if (target.matches("[data-unsaved]")) isLeaving = true;
  else changed.delete(target);
});
addEventListener("pageshow", () => (isLeaving = false));
addEventListener("beforeunload", (event) => {
  // A browser asks nothing on a page that was not used yet.
  const isUsed = navigator.userActivation?.hasBeenActive ?? true;
  if (!isLeaving && isUsed && [...changed].some((each) => each.isConnected)) event.preventDefault();
});

// After a part of the page is replaced: the focus stays, and what changed is read out

let focusedBefore = null;
document.addEventListener("htmx:before:swap", () => {
  const { id, selectionStart, selectionEnd } = document.activeElement ?? {};
  focusedBefore = id ? { id, selectionStart, selectionEnd } : null;
});
document.addEventListener("htmx:after:swap", () => {
  renew();
  const again = focusedBefore && document.getElementById(focusedBefore.id);
  if (again && document.activeElement !== again) {
    again.focus({ preventScroll: true });
    if (typeof focusedBefore.selectionStart === "number" && again.setSelectionRange)
      again.setSelectionRange(focusedBefore.selectionStart, focusedBefore.selectionEnd);
  }
  const count = find("#list .count");
  if (count) announce(count.textContent);
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

// At the beginning, and for parts that are new

function renew() {
  countTicks();
}
renew();
find("[data-focus]")?.focus();
for (const each of every("form[data-send-at-once]")) each.requestSubmit();

// A row of custom data saves itself when it changes, and when it is reverted.
document.addEventListener("reset", (event) => {
  const form = event.target;
  if (form.matches("[data-autosave]"))
    setTimeout(() => form.dispatchEvent(new Event("change", { bubbles: true })));
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
