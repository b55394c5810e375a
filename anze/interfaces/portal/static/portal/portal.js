/* Tick all boxes of a group; count what is ticked. Pages work without this file. */
"use strict";
(() => {
  function count(form) {
    const ticked = form.querySelectorAll("input[name=ids]:checked").length;
    form.querySelectorAll("[data-ticked]").forEach((place) => { place.textContent = ticked; });
    form.querySelectorAll("[data-needs-ticked]").forEach((button) => { button.disabled = !ticked; });
    form.querySelectorAll("[data-tick-all]").forEach((head) => {
      const scope = head.closest("[data-tick-scope]") ?? form;
      const boxes = [...scope.querySelectorAll("input[name=ids]")];
      const on = boxes.filter((box) => box.checked).length;
      head.checked = on === boxes.length && on > 0;
      head.indeterminate = on > 0 && on < boxes.length;
    });
  }
  document.addEventListener("change", (event) => {
    const box = event.target;
    const form = box.closest?.("form[data-ticks]");
    if (!form) return;
    if (box.matches("[data-tick-all]")) {
      const scope = box.closest("[data-tick-scope]") ?? form;
      scope.querySelectorAll("input[name=ids]").forEach((one) => { one.checked = box.checked; });
    }
    count(form);
  });
  const start = () => document.querySelectorAll("form[data-ticks]").forEach((form) => {
    form.querySelectorAll("[data-tick-all]").forEach((box) => { box.closest("label").hidden = false; });
    count(form);
  });
  document.addEventListener("DOMContentLoaded", start);
  window.addEventListener("pageshow", start);
})();
