/* The few manners every page needs. Pages work without this file; it only makes them kinder.
   No inline handlers anywhere: everything is found by data-attributes, also in swapped fragments. */
"use strict";
(() => {
  const all = (root, selector) => [
    ...(root.matches?.(selector) ? [root] : []),
    ...root.querySelectorAll(selector),
  ];

  function prepare(root) {
    all(root, "[data-dismiss], [data-back]").forEach((button) => { button.hidden = false; });
    all(root, "[data-hide-with-script]").forEach((button) => { button.hidden = true; });
    all(root, "[data-photo]").forEach(preparePhotos);
    all(root, "[data-focus-first]").forEach((box) => box.focus());
    if (window.TomSelect) {
      all(root, "select[data-combobox]").forEach((select) => {
        if (select.tomselect) return;
        /* the label goes over to the new field: the hidden one keeps its words */
        if (select.labels[0]) select.setAttribute("aria-label", select.labels[0].textContent.trim());
        new window.TomSelect(select, { maxOptions: 200, allowEmptyOption: true });
      });
    }
  }

  /* A message from a <template> of the page, for when no answer of ours came back. */
  function say(id) {
    const words = document.getElementById(id);
    const place = document.getElementById("messages");
    if (!words || !place) return;
    place.replaceChildren(words.content.cloneNode(true));
    prepare(place);
    place.scrollIntoView({ block: "nearest" });
  }

  function preparePhotos(box) {
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector("[data-photo-list]");
    input.addEventListener("change", () => {
      list.querySelectorAll("img").forEach((image) => URL.revokeObjectURL(image.src));
      list.replaceChildren(...[...input.files].map(preview));
    });
  }

  function preview(file) {
    const item = document.createElement("li");
    if (file.type.startsWith("image/")) {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      item.append(image);
    }
    const size = file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
    item.append(`${file.type.startsWith("image/") ? "" : file.name + " "}${size}`);
    return item;
  }

  /* A form is sent once; a slow line must not make two entries. */
  document.addEventListener("submit", (event) => {
    const form = event.target;
    const asked = event.submitter?.dataset.confirm ?? form.dataset.confirm;
    if (asked && !window.confirm(asked)) { event.preventDefault(); return; }
    if (form.method !== "post" || form.hasAttribute("hx-post")) return;
    if (form.dataset.sent) { event.preventDefault(); return; }
    form.dataset.sent = "1";
    event.submitter?.setAttribute("aria-busy", "true");
  });
  window.addEventListener("pageshow", () => {
    document.querySelectorAll("form[data-sent]").forEach((form) => { delete form.dataset.sent; });
    document.querySelectorAll("[aria-busy]").forEach((button) => button.removeAttribute("aria-busy"));
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    target.closest("[data-dismiss]")?.closest("[data-message]")?.remove();
    if (target.closest("[data-back]")) history.length > 1 ? history.back() : location.assign("/");
    if (target.closest("[data-print]")) window.print();
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => {
      if (!menu.contains(target)) menu.open = false;
    });
    if (location.hash === "#nav" && !target.closest("#nav, [href='#nav']")) location.hash = "top";
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (location.hash === "#nav") location.hash = "top";
    document.querySelectorAll("details[data-menu][open]").forEach((menu) => { menu.open = false; });
  });
  document.addEventListener("change", (event) => {
    if (event.target.matches?.("[data-submit-on-change]") && event.target.value) event.target.form.requestSubmit();
  });

  const showLine = () => {
    document.querySelectorAll("[data-offline]").forEach((bar) => { bar.hidden = navigator.onLine; });
  };
  window.addEventListener("online", showLine);
  window.addEventListener("offline", showLine);

  document.addEventListener("htmx:beforeSwap", (event) => {
    const answer = event.detail.xhr;
    const ours = answer.status < 400 || answer.status === 422 || answer.getResponseHeader("X-Anze-Fragment");
    if (!ours) { event.detail.shouldSwap = false; say("say-broken"); }
    /* signed out meanwhile: the sign-in page must not land inside a list */
    if (answer.status < 400 && /<html[\s>]/i.test(answer.responseText.slice(0, 400)) && !event.detail.boosted) {
      event.detail.shouldSwap = false;
      location.assign(answer.responseURL || "/");
    }
  });
  /* short addresses: an empty filter is no filter */
  document.addEventListener("htmx:configRequest", (event) => {
    if (!event.detail.elt.matches("[data-skip-empty]")) return;
    const form = event.detail.formData;
    [...form.entries()].forEach(([key, value]) => { if (value === "") form.delete(key); });
  });
  document.addEventListener("htmx:sendError", () => say("say-offline"));
  document.addEventListener("htmx:timeout", () => say("say-offline"));
  document.addEventListener("htmx:afterSwap", (event) => {
    prepare(event.detail.target);
    if (event.detail.target.id === "messages") event.detail.target.scrollIntoView({ block: "nearest" });
  });

  document.addEventListener("DOMContentLoaded", () => { prepare(document.body); showLine(); });
})();
