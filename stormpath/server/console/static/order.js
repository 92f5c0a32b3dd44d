// Rows that are dragged, or moved by their arrows, into another order; the form saves it. Without this script
// the arrows and the numbers do the same, by way of the server.
"use strict";
for (const body of document.querySelectorAll("[data-order]")) {
  const first = Number(body.dataset.orderFirst);
  const said = body.closest("form").querySelector("[data-order-said]");
  let dragged = null;

  const renumber = (row) => {
    [...body.rows].forEach((each, place) => {
      each.querySelector("[data-order-number]").value = first + place;
    });
    const name = row.cells[3].textContent.trim();
    const place = row.querySelector("[data-order-number]").value;
    said.textContent = said.dataset.orderText.replace("{place}", place).replace("{name}", () => name);
  };

  // Once more after a drop that changes nothing: what was typed stays.
  const placeBefore = (row, next) => {
    if (row.nextElementSibling === next) return;
    body.insertBefore(row, next);
    renumber(row);
  };

  body.addEventListener("click", (event) => {
    const button = event.target.closest("[data-order-move]");
    if (!button) return;
    event.preventDefault();
    const row = button.closest("tr");
    const other = button.dataset.orderMove === "1" ? row.nextElementSibling : row.previousElementSibling;
    if (!other) return;
    placeBefore(row, button.dataset.orderMove === "1" ? other.nextElementSibling : other);
    button.focus();
  });

  for (const row of body.rows) row.draggable = true;
  // A row is dragged by anything but its fields, in which texts are selected by the mouse.
  body.addEventListener("pointerdown", (event) => {
    const row = event.target.closest("tr");
    if (row) row.draggable = !event.target.closest("input, button");
  });
  body.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("tr");
    if (!dragged) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", "");
    dragged.classList.add("dragged");
  });
  body.addEventListener("dragover", (event) => {
    if (!dragged) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  });
  body.addEventListener("drop", (event) => {
    const target = event.target.closest("tr");
    if (!dragged || !target || target === dragged) return;
    event.preventDefault();
    const isBelow = target.rowIndex > dragged.rowIndex;
    placeBefore(dragged, isBelow ? target.nextElementSibling : target);
  });
  body.addEventListener("dragend", () => {
    if (dragged) dragged.classList.remove("dragged");
    dragged = null;
  });
}

// Enter in a field sends the form as its main button does: the first button of the form is that of a search.
for (const form of document.querySelectorAll("form[data-enter]"))
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !event.target.matches('input:not([type="search"])')) return;
    event.preventDefault();
    form.requestSubmit(form.querySelector(`[name="action"][value="${form.dataset.enter}"]`));
  });
