/* Sends what waits, one window at a time, by the token of its packet: signed in or not. */
"use strict";
(() => {
  const box = window.anzeOutbox;
  const CHUNK = 512 * 1024, AGAIN = 20e3, SOON = 2e3, PATIENCE = 60e3;
  const OPEN = ["waiting", "sending", "numbering"];
  let asked = false;

  /* ``all``: no use to go on with the next one either. */
  class Later extends Error {
    constructor(words, all = false) { super(words); this.all = all; }
  }

  function post(path, packet, method, body, headers = {}) {
    return fetch(path, {
      method, body, credentials: "omit", cache: "no-store", redirect: "error", signal: AbortSignal.timeout(PATIENCE),
      headers: { Authorization: `Packet ${packet.token}`, ...headers },
    }).catch(() => { throw new Later("网络不通，联网后会自动再发", true); });
  }

  const told = (answer) => answer.json().catch(() => ({}));
  const said = (words) => [words.message, words.remedy].filter(Boolean).join("。");

  async function pass() {
    for (const seen = new Set(); ;) {
      const item = (await box.all("items")).filter((one) => OPEN.includes(one.state) && !seen.has(one.id)).sort((a, b) => a.madeAt - b.madeAt)[0];
      if (!item) break;
      seen.add(item.id);
      if (!await one(item)) break;
    }
    await box.tidy();
    if ((await box.all("items")).some((item) => item.state === "numbering")) setTimeout(send, SOON);
  }

  /* Returns false when it is no use to go on with the next one now. */
  async function one(item) {
    const packet = await box.get("packets", item.packet);
    if (!packet) { await set(item, { state: "locked", why: "随身包已不在这部手机上，请用原账号登录" }); return true; }
    try {
      await set(item, { state: "sending", why: "" });
      for (const file of item.files) if (!await sendFile(packet, item, file)) return true;
      await sendItem(packet, item);
      return true;
    } catch (problem) {
      const why = problem instanceof Later ? problem.message : "没有发完，会自动再试";
      await box.change("items", item.id, (row) => (row.state === "numbering" ? row : { ...row, state: "waiting", why }));
      return !problem.all;
    }
  }

  const set = (item, values) => box.change("items", item.id, (row) => ({ ...row, ...values }));
  const setFile = (item, file, values) => box.change("items", item.id, (row) => {
    row.files = row.files.map((one) => (one.id === file.id ? { ...one, ...values } : one));
  });

  async function refused(item, answer) {
    const words = await told(answer);
    if (answer.status === 401 || answer.status === 404) await set(item, { state: "locked", why: said(words) || "凭据失效，请用原账号登录" });
    else if (answer.status === 409 && words.conflict) await set(item, { state: "conflict", why: said(words), conflict: words.conflict });
    else if (answer.status === 403 || answer.status === 409 || answer.status === 422) await set(item, { state: "returned", why: said(words) || "被退回", faults: words.fields ?? {} });
    else throw new Later(answer.status === 429 ? "发得太快，稍后自动再发" : "服务器暂时没有收下，会自动再发", answer.status === 429 || answer.status === 503);
  }

  async function sendFile(packet, item, file) {
    const path = `/outbox/send/${packet.id}/files/${file.id}/`;
    const declared = JSON.stringify({ size: file.size, sha256: file.sha256, name: file.name });
    let answer = await post(path, packet, "PUT", declared, { "Content-Type": "application/json" });
    const kept = await box.get("bytes", file.id);
    for (let tries = 0; ;) {
      const words = await told(answer.clone());
      if (answer.status === 409 && words.where !== undefined && tries++ < 5) {
        answer = await post(path, packet, "HEAD");
        if (answer.ok) answer = new Response(JSON.stringify({ state: "receiving", offset: Number(answer.headers.get("Upload-Offset")) }));
        continue;
      }
      if (!answer.ok) {
        await setFile(item, file, { state: "refused", why: said(words) });
        await refused(item, answer);
        return false;
      }
      if (words.state === "kept") {
        await setFile(item, file, { state: "kept", offset: file.size, receipt: words.receipt });
        return true;
      }
      if (!kept) { await set(item, { state: "returned", why: `${file.name} 在手机上找不到了，请打开后去掉它再选一次` }); return false; }
      await setFile(item, file, { state: "sending", offset: words.offset });
      if (words.offset >= file.size && tries++ > 5) throw new Later("服务器没有确认文件，稍后自动再发");
      const piece = kept.bytes.slice(words.offset, words.offset + CHUNK);
      answer = await post(path, packet, "PATCH", piece, { "Upload-Offset": String(words.offset), "Content-Type": "application/offset+octet-stream" });
    }
  }

  async function sendItem(packet, item) {
    const headers = { "Content-Type": "application/json", "Anze-Sent": new Date().toISOString() };
    const answer = await post(`/outbox/send/${packet.id}/items/${item.id}/`, packet, "PUT", item.body, headers);
    if (!answer.ok) {
      const words = await told(answer.clone());
      if (answer.status === 409 && words.missing) throw new Later("有照片要重发，稍后自动再发");
      await refused(item, answer);
      return;
    }
    const receipt = await told(answer);
    if (receipt.n) await box.close(item.id, receipt);
    else if (receipt.state && receipt.state !== "taken") await box.settle(item.id); // decided meanwhile
    else { await set(item, { state: "numbering", receipt, why: "已收到，正在编号" }); throw new Later("已收到，正在编号"); }
  }

  /* Windows wait for each other; more than one pass at a time is never asked for by one window. */
  async function send() {
    if (asked || !navigator.onLine) return;
    asked = true;
    try {
      if (!(await box.all("items")).some((item) => OPEN.includes(item.state))) { await box.tidy(); return; }
      const run = () => { asked = false; return pass(); };
      await (navigator.locks ? navigator.locks.request("anze-outbox", run) : run());
    } catch { /* nothing can be kept here, so nothing waits */ } finally { asked = false; }
  }

  const csrf = () => {
    try { return JSON.parse(document.body.getAttribute("hx-headers") ?? "{}")["X-CSRFToken"] ?? ""; } catch { return ""; }
  };

  /* Signed in as the owner again: a new token, and what was locked goes on. */
  async function unlock(person) {
    const locked = (await box.all("items")).filter((item) => item.state === "locked" && item.owner === person);
    for (const id of new Set(locked.map((item) => item.packet))) {
      const packet = await box.get("packets", id);
      if (!packet) continue;
      const answer = await fetch(`/outbox/packets/${id}/renew/`, { method: "POST", redirect: "error", headers: { "X-CSRFToken": csrf() } }).catch(() => null);
      if (!answer) return;
      const words = await told(answer);
      const ended = answer.status === 404 || answer.status === 409;
      if (!ended && !words.token) return; // busy or full: locked it stays until asked again
      if (words.token) await box.change("packets", id, (row) => ({ ...row, token: words.token }));
      const then = ended ? { state: "returned", why: said(words) } : { state: "waiting", why: "" };
      for (const item of locked.filter((one) => one.packet === id)) await set(item, then);
    }
  }

  async function count() {
    const waiting = (await box.all("items")).filter((item) => !box.FINAL.includes(item.state)).length;
    document.querySelectorAll("[data-outbox-count]").forEach((link) => {
      link.hidden = !waiting;
      link.querySelector("[data-outbox-number]").textContent = `${waiting} 项待发送`;
    });
  }

  async function begin() {
    if (!window.indexedDB || !window.isSecureContext) return;
    if ("serviceWorker" in navigator) navigator.serviceWorker.register("/sw.js").catch(() => {});
    const person = document.body.dataset.person;
    document.querySelectorAll("form[action$='/sign-out/']").forEach((form) => {
      form.addEventListener("submit", () => { box.setPerson(""); });
    });
    try {
      if (person) { await box.setPerson(person); await unlock(person); }
      box.onChange(() => count().catch(() => {}));
      await count();
    } catch { return; }
    send();
    window.addEventListener("online", send);
    document.addEventListener("visibilitychange", () => { if (!document.hidden) send(); });
    setInterval(send, AGAIN);
  }

  box.send = send;
  box.csrf = csrf;
  document.addEventListener("DOMContentLoaded", begin);
})();
