/* The keyboard: Ctrl-K or ⌘K goes anywhere, / filters, ? tells the keys, g h leads home. A key that
   somebody types into a field is his own. Nothing here is needed to use a page. */
"use strict";
(() => {
  const dialog = (id) => document.getElementById(id);
  const typing = (target) => target instanceof Element
    && target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable=true]");
  let before = "";
  let places = null;

  function open(id) {
    const box = dialog(id);
    if (!box?.showModal || box.open) return;
    document.querySelectorAll("dialog[open]").forEach((one) => one.close());
    box.showModal();
    if (id === "go") { const field = box.querySelector("input"); field.value = ""; field.focus(); load("", draw); }
  }

  const single = {
    "/": () => {
      const field = document.querySelector(".az-listing-bar input[type=search], .az-listing-bar select");
      field?.focus();
      return Boolean(field);
    },
    "?": () => { open("keys"); return true; },
  };
  const double = { "g h": "/" };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && !event.altKey && event.key.toLowerCase() === "k") {
      event.preventDefault();
      open("go");
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || typing(event.target)) return;
    if (document.querySelector("dialog[open]")) return;
    const two = double[`${before} ${event.key}`];
    before = event.key;
    window.setTimeout(() => { before = ""; }, 800);
    if (two) { event.preventDefault(); location.assign(two); return; }
    if (single[event.key]?.()) { event.preventDefault(); return; }
    const told = new CustomEvent("anze:key", { detail: event.key, cancelable: true });
    if (!document.dispatchEvent(told)) event.preventDefault();
  });

  /* the quick way */
  async function load(letters, then) {
    const box = dialog("go");
    try {
      const answer = await fetch(`${box.dataset.places}?q=${encodeURIComponent(letters)}`, { headers: { Accept: "application/json" } });
      if (!answer.ok || !answer.headers.get("Content-Type")?.startsWith("application/json")) throw new Error("no places");
      places = (await answer.json()).places;
      box.querySelector("[data-go-trouble]").hidden = true;
    } catch {
      places = places ?? [];
      box.querySelector("[data-go-trouble]").hidden = false;
    }
    then();
  }

  function matching(letters) {
    const wanted = letters.toLowerCase().replace(/\s+/g, "");
    const found = (places ?? []).filter((place) => place.keys.split(" ").some((key) => key.includes(wanted)));
    return found.sort((a, b) => rank(b, wanted) - rank(a, wanted)).slice(0, 12);
  }
  const rank = (place, wanted) => place.keys.split(" ").some((key) => key.startsWith(wanted)) ? 1 : 0;

  function draw() {
    const box = dialog("go");
    const list = box.querySelector("[role=listbox]");
    const found = matching(box.querySelector("input").value);
    list.replaceChildren(...found.map((place, nth) => {
      const option = document.createElement("a");
      option.href = place.url;
      option.id = `go-${nth}`;
      option.setAttribute("role", "option");
      option.setAttribute("aria-selected", nth === 0 ? "true" : "false");
      option.tabIndex = -1;
      const group = document.createElement("small");
      group.textContent = place.group;
      option.append(place.label, group);
      return option;
    }));
    box.querySelector("[data-go-none]").hidden = !places || found.length > 0;
    mark(0);
  }

  function mark(nth) {
    const box = dialog("go");
    const options = [...box.querySelectorAll("[role=option]")];
    options.forEach((one, place) => one.setAttribute("aria-selected", place === nth ? "true" : "false"));
    options[nth]?.scrollIntoView({ block: "nearest" });
    const field = box.querySelector("input");
    if (options[nth]) field.setAttribute("aria-activedescendant", options[nth].id);
    else field.removeAttribute("aria-activedescendant");
  }

  function start() {
    const box = dialog("go");
    document.querySelectorAll("[data-open]").forEach((button) => {
      button.hidden = false;
      button.addEventListener("click", () => open(button.dataset.open));
    });
    document.querySelectorAll("dialog").forEach((one) => one.addEventListener("click", (event) => {
      if (event.target === one || event.target.closest?.("[data-close]")) one.close();
    }));
    if (!box) return;
    let waiting = 0;
    const field = box.querySelector("input");
    field.addEventListener("input", () => {
      draw();
      window.clearTimeout(waiting);
      waiting = window.setTimeout(() => load(field.value, draw), 180);
    });
    field.addEventListener("keydown", (event) => {
      const options = [...box.querySelectorAll("[role=option]")];
      const here = options.findIndex((one) => one.getAttribute("aria-selected") === "true");
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        mark((here + step + options.length) % Math.max(options.length, 1));
      } else if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        if (options[here]) location.assign(options[here].href);
      }
    });
  }
  document.addEventListener("DOMContentLoaded", start);
})();
