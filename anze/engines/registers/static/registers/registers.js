/* The audit on the phone: a tick stays where it is and is sent behind; a failed one comes back. The
   camera reads labels where the browser can. Without this file every button posts its form. */
"use strict";
(() => {
  document.querySelectorAll("[data-stand] select").forEach((select) => {
    select.addEventListener("change", () => select.form.requestSubmit());
  });

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (!form.matches("[data-tap]")) return;
    event.preventDefault();
    const line = form.closest("[data-line]");
    const button = form.querySelector("button");
    button.disabled = true;
    line.classList.add("rg-gone");
    try {
      const answer = await fetch(form.action, {
        method: "POST", body: new FormData(form), headers: { "X-Anze-Tap": "1" },
      });
      if (!answer.ok) throw new Error(String(answer.status));
      button.textContent = "已见";
      count(1);
    } catch {
      line.classList.remove("rg-gone");
      button.disabled = false;
      button.textContent = "没传上，再点一次";
    }
  });

  function count(more) {
    const bar = document.querySelector(".rg-progress progress");
    const words = document.querySelector(".rg-progress .num")?.firstChild;
    if (bar) bar.value += more;
    if (words) words.textContent = String(Number(words.textContent) + more);
  }

  const camera = document.querySelector("[data-camera]");
  if (!camera || !("BarcodeDetector" in window) || !navigator.mediaDevices) return;
  const view = document.querySelector("[data-camera-view]");
  camera.hidden = false;
  camera.addEventListener("click", async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      view.srcObject = stream;
      view.hidden = false;
      await view.play();
      look(new window.BarcodeDetector({ formats: ["qr_code"] }), stream);
    } catch {
      camera.hidden = true;
    }
  });

  async function look(detector, stream) {
    const [found] = await detector.detect(view).catch(() => []);
    if (!found) { requestAnimationFrame(() => look(detector, stream)); return; }
    stream.getTracks().forEach((track) => track.stop());
    const input = document.getElementById("id_label");
    input.value = found.rawValue.slice(0, 120);
    input.form.requestSubmit();
  }
})();
