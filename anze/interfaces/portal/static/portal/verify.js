// Compares a file with the hashes of an issued document, in the browser: nothing is sent.
"use strict";
(() => {
  const form = document.querySelector("[data-compare]");
  if (!form || !window.crypto || !window.crypto.subtle) return;  // without https: the form is sent
  const section = form.closest("[data-hashes]");
  const hashes = section.dataset.hashes.split(" ");
  const names = ["PDF 文件", "Word 文件", "盖章扫描件"];
  const answer = section.querySelector("[data-answer]");
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  form.querySelector("[data-where]").textContent = "文件只在本机计算摘要，不会上传。";
  form.querySelector("[data-hide-with-script]").hidden = true;

  const tell = (text, good) => {
    answer.hidden = false;
    answer.replaceChildren(Object.assign(document.createElement("strong"), { textContent: text }));
    answer.dataset.good = String(good);
  };
  const compare = async (file) => {
    if (!file) return;
    tell("正在计算…", true);
    const digest = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
    const hex = [...new Uint8Array(digest)].map((one) => one.toString(16).padStart(2, "0")).join("");
    const place = hashes.indexOf(hex);
    if (place >= 0) tell(`一致：就是签发的${names[place]}`, true);
    else tell("不一致：这不是签发的文件，或者被改动过", false);
  };
  input.addEventListener("change", () => compare(input.files[0]));
  form.addEventListener("submit", (event) => { event.preventDefault(); compare(input.files[0]); });
  drop.addEventListener("dragover", (event) => event.preventDefault());
  drop.addEventListener("drop", (event) => { event.preventDefault(); compare(event.dataTransfer.files[0]); });
})();
