/* Ticking rows and walking through them by keys. Lists work without this file: boxes and buttons
   are plain form parts. Everything is found anew, so a list that htmx swapped in works as well. */
"use strict";
(() => {
  const boxes = (list) => [...list.querySelectorAll("tbody input[name=ids]")];
  const lists = () => [...document.querySelectorAll(".az-listing")];

  function count(list) {
    const all = boxes(list);
    const on = all.filter((box) => box.checked).length;
    const matching = list.querySelector("[data-pick-matching]")?.checked;
    const head = list.querySelector("[data-pick-all]");
    if (head) {
      head.hidden = !all.length;
      head.checked = on > 0 && on === all.length;
      head.indeterminate = on > 0 && on < all.length;
    }
    list.querySelectorAll("[data-picked]").forEach((place) => { place.textContent = on; });
    list.querySelectorAll("[data-bulk] button[name=do]").forEach((button) => { button.disabled = !on && !matching; });
  }

  document.addEventListener("change", (event) => {
    const list = event.target.closest?.(".az-listing");
    if (!list) return;
    if (event.target.matches("[data-pick-all]")) boxes(list).forEach((box) => { box.checked = event.target.checked; });
    count(list);
  });

  /* j and k walk, x ticks, Enter opens: told by keys.js, which knows when somebody is typing */
  function rows() { return [...document.querySelectorAll(".az-listing tbody tr")]; }
  function at() { return rows().findIndex((row) => row.classList.contains("az-at")); }
  function go(step) {
    const all = rows();
    if (!all.length) return false;
    const next = Math.min(Math.max(at() + step, 0), all.length - 1);
    all.forEach((row, place) => row.classList.toggle("az-at", place === next));
    const target = all[next].querySelector("a[href], input");
    target?.focus({ preventScroll: true });
    all[next].scrollIntoView({ block: "nearest" });
    return true;
  }
  const keys = {
    j: () => go(1),
    k: () => go(at() < 0 ? 1 : -1),
    x: () => { const box = rows()[at()]?.querySelector("input[name=ids]"); if (box) box.click(); return Boolean(box); },
    Enter: () => {
      const row = rows()[at()];
      /* a focused link or button does its own thing */
      if (!row?.dataset.row || document.activeElement?.matches("a, button, summary")) return false;
      location.assign(row.dataset.row);
      return true;
    },
  };
  document.addEventListener("anze:key", (event) => {
    if (keys[event.detail] && keys[event.detail]()) event.preventDefault();
  });

  const start = () => lists().forEach(count);
  document.addEventListener("DOMContentLoaded", start);
  document.addEventListener("htmx:afterSwap", start);
  window.addEventListener("pageshow", start);
})();
