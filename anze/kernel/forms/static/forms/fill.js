/* Files go ahead of the form, so that a slow line never holds up the tap on 登记; the check list
   counts what is left. The form works without this file: files then travel with it. */
"use strict";
(() => {
  const token = () => document.querySelector("[name=csrfmiddlewaretoken]")?.value ?? "";

  function prepareAttach(box) {
    const input = box.querySelector("input[type=file]");
    const list = box.querySelector("[data-attach-list]");
    box.classList.add("az-attach-ready");
    input.addEventListener("change", () => {
      const chosen = [...input.files];
      input.value = "";
      complain(box, "");
      const room = Number(box.dataset.most) - list.children.length;
      if (chosen.length > room) complain(box, `最多 ${box.dataset.most} 个，多出的没有上传。`);
      chosen.slice(0, Math.max(room, 0)).reduce((before, file) => before.then(() => send(box, list, file)), Promise.resolve());
    });
  }

  async function send(box, list, file) {
    const item = document.createElement("li");
    item.className = "az-attach-busy";
    item.append(picture(file), remover());
    list.append(item);
    const body = new FormData();
    body.append("unit", box.dataset.unit);
    body.append("file", file);
    hold(box, 1);
    if (box.closest("form").dataset.packet) {
      keepHere(box, item, file);
      return;
    }
    try {
      const answer = await fetch(box.dataset.url, { method: "POST", body, headers: { "X-CSRFToken": token() } });
      const told = await answer.json();
      if (!answer.ok) throw new Error(`${file.name}：${told.message}${told.remedy ? "。" + told.remedy : ""}`);
      item.prepend(hidden(box.dataset.name, told.id));
      item.classList.remove("az-attach-busy");
    } catch (problem) {
      item.remove();
      const known = problem instanceof Error && !(problem instanceof TypeError) && !(problem instanceof SyntaxError);
      complain(box, known ? problem.message : `${file.name} 没有传上去：网络不稳，请再选一次。`);
    } finally {
      hold(box, -1);
    }
  }

  /* Without network the outbox keeps the file; it answers by one of the two functions. */
  function keepHere(box, item, file) {
    const kept = () => hold(box, -1);
    const failed = (words) => { hold(box, -1); item.remove(); complain(box, words); };
    const detail = { file, item, name: box.dataset.name, kept, failed };
    box.dispatchEvent(new CustomEvent("anze:keep", { bubbles: true, detail }));
  }

  function picture(file) {
    if (file.type.startsWith("image/") && !/hei[cf]$/.test(file.type)) {
      const image = document.createElement("img");
      image.src = URL.createObjectURL(file);
      image.alt = file.name;
      return image;
    }
    const words = document.createElement("span");
    words.className = "az-attach-doc";
    words.textContent = file.name;
    return words;
  }

  function remover() {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "az-attach-drop";
    button.dataset.attachRemove = "";
    button.setAttribute("aria-label", "去掉这一个");
    button.textContent = "×";
    return button;
  }

  function hidden(name, value) {
    const input = document.createElement("input");
    Object.assign(input, { type: "hidden", name, value });
    return input;
  }

  function complain(box, words) {
    const place = box.querySelector("[data-attach-wrong]");
    place.hidden = !words;
    place.querySelector("span").textContent = words;
  }

  /* While something is on its way the form waits for it. */
  function hold(box, step) {
    const form = box.closest("form");
    const button = form.querySelector(".az-fill-end [type=submit]");
    form.dataset.sending = Number(form.dataset.sending ?? 0) + step;
    button.disabled = Number(form.dataset.sending) > 0;
  }

  function prepareChecks(box) {
    const place = document.querySelector("[data-checks-count]");
    const total = Number(box.dataset.total);
    const count = () => {
      const done = box.querySelectorAll(".az-check-answers input:checked").length;
      const open = box.querySelectorAll(".az-check-no input:checked").length;
      if (place) place.textContent = `已答 ${done}/${total}` + (open ? `，${open} 项否` : "");
      box.querySelectorAll(".az-check-missing").forEach((item) => {
        if (item.querySelector(".az-check-answers input:checked")) item.classList.remove("az-check-missing");
      });
    };
    box.addEventListener("change", count);
    box.closest("form").addEventListener("submit", (event) => {
      const missing = [...box.querySelectorAll("[data-check]")].filter((item) => !item.querySelector(".az-check-answers input:checked"));
      if (!missing.length) return;
      event.preventDefault();
      event.stopImmediatePropagation();
      missing.forEach((item) => item.classList.add("az-check-missing"));
      missing[0].scrollIntoView({ block: "center", behavior: "smooth" });
      missing[0].querySelector("input").focus({ preventScroll: true });
      if (place) place.textContent = `还有 ${missing.length} 项没答`;
    });
    count();
  }

  document.addEventListener("click", (event) => {
    if (event.target instanceof Element) event.target.closest("[data-attach-remove]")?.closest("li").remove();
  });
  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-attach]").forEach(prepareAttach);
    document.querySelectorAll("[data-checks]").forEach(prepareChecks);
  });
})();
