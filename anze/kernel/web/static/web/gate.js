/* A shared tablet: while somebody types, keep the session; when nobody does, go back to the names. */
"use strict";
(() => {
  const IDLE = 120000;
  const PING = 30000;
  let touched = Date.now();
  let pinged = Date.now();
  function touch() {
    touched = Date.now();
    if (touched - pinged < PING) return;
    pinged = touched;
    fetch("/gate/ping/", { credentials: "same-origin", cache: "no-store" }).catch(() => {});
  }
  ["pointerdown", "keydown", "input", "scroll"].forEach((name) => {
    document.addEventListener(name, touch, { passive: true, capture: true });
  });
  setInterval(() => {
    if (Date.now() - touched >= IDLE) location.assign("/gate/");
  }, 5000);
})();
