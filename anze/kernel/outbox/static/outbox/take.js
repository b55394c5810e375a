/* 带走: ask for a packet, keep its page and token on the phone, and say so only when both are there. */
"use strict";
(() => {
  const box = window.anzeOutbox;

  function say(place, words, done = false) {
    place.hidden = !words;
    place.textContent = words;
    place.classList.toggle("az-take-done", done);
  }

  async function ready() {
    await navigator.serviceWorker.register("/sw.js");
    await navigator.serviceWorker.ready;
  }

  async function take(form) {
    const place = form.querySelector("[data-take-said]");
    const button = form.querySelector("button");
    say(place, "");
    button.disabled = true;
    try {
      const wrong = await box.trouble();
      if (wrong) { say(place, wrong); return; }
      await ready();
      navigator.storage?.persist?.();
      const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
      if (answer.redirected) { location.reload(); return; }
      const packet = await answer.json();
      if (!answer.ok) { say(place, `${packet.message}。${packet.remedy ?? ""}`); return; }
      const page = await fetch(packet.page);
      if (!page.ok || page.redirected) throw new Error("page");
      await (await caches.open("anze-packets")).put(packet.page, page);
      /* The end of its time by this phone's own clock, which may be wrong. */
      const until = Date.now() + Date.parse(packet.expires) - Date.parse(packet.issued);
      await box.put("packets", { ...packet, until });
      box.tell();
      const link = document.createElement("a");
      link.href = packet.page;
      link.textContent = "现在就打开";
      say(place, `已带在手机上，${packet.times} 份，没有网络也能填。`, true);
      place.append(link);
    } catch (problem) {
      say(place, navigator.onLine ? box.words(problem) : "现在没有网络，带不走。请在有网络的地方先带走。");
    } finally {
      button.disabled = false;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("form[data-take]").forEach((form) => {
      form.hidden = false;
      form.addEventListener("submit", (event) => { event.preventDefault(); event.stopPropagation(); take(form); });
    });
  });
})();
