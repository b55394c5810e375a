/* What this phone keeps: packets, work that waits, the bytes of files as they were chosen, drafts.
   Nothing here is ever removed before the server has said the number of its entry. */
"use strict";
window.anzeOutbox = (() => {
  const NAME = "anze-outbox", VERSION = 1, KEEP = 7 * 86400e3;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel(NAME) : null;
  const heard = new Set();
  let opening = null;

  function open() {
    opening ??= new Promise((done, failed) => {
      if (!window.indexedDB) { failed(new Error("missing")); return; }
      const asked = indexedDB.open(NAME, VERSION);
      asked.onupgradeneeded = () => {
        const db = asked.result;
        db.createObjectStore("packets", { keyPath: "id" });
        db.createObjectStore("items", { keyPath: "id" });
        db.createObjectStore("bytes", { keyPath: "id" });
        db.createObjectStore("drafts", { keyPath: "packet" });
        db.createObjectStore("meta", { keyPath: "key" });
      };
      asked.onsuccess = () => {
        asked.result.onversionchange = () => { asked.result.close(); opening = null; };
        done(asked.result);
      };
      asked.onerror = () => failed(asked.error);
      asked.onblocked = () => failed(new Error("blocked"));
    }).catch((error) => { opening = null; throw error; });
    return opening;
  }

  /* All reads and writes of `work` are one transaction: after a crash all of it is there, or none. */
  async function within(stores, mode, work) {
    const db = await open();
    return new Promise((done, failed) => {
      const options = mode === "readwrite" ? { durability: "strict" } : {};
      const deed = db.transaction(stores, mode, options);
      let result;
      deed.oncomplete = () => done(result);
      deed.onabort = () => failed(deed.error ?? new Error("aborted"));
      const at = Object.fromEntries(stores.map((name) => [name, deed.objectStore(name)]));
      result = work(at);
      if (result instanceof IDBRequest) { const asked = result; asked.onsuccess = () => { result = asked.result; }; }
    });
  }

  const get = (store, key) => within([store], "readonly", (at) => at[store].get(key));
  const all = (store) => within([store], "readonly", (at) => at[store].getAll());
  const put = (store, row) => within([store], "readwrite", (at) => { at[store].put(row); });
  const drop = (store, key) => within([store], "readwrite", (at) => { at[store].delete(key); });

  /* Change one row as it stands now; two windows never write over each other. */
  function change(store, key, edit) {
    let changed;
    return within([store], "readwrite", (at) => {
      const asked = at[store].get(key);
      asked.onsuccess = () => {
        if (!asked.result) return;
        changed = edit(asked.result) ?? asked.result;
        at[store].put(changed);
      };
    }).then(() => { tell(); return changed; });
  }

  function tell() {
    channel?.postMessage("changed");
    heard.forEach((hear) => hear());
  }
  channel?.addEventListener("message", () => heard.forEach((hear) => hear()));

  async function hash(bytes) {
    const digest = await crypto.subtle.digest("SHA-256", bytes);
    return [...new Uint8Array(digest)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  /* A file is read into memory and kept as bytes: a reference may be gone when the line is back. */
  async function keepFile(file) {
    const bytes = await file.arrayBuffer();
    const row = { id: crypto.randomUUID(), name: file.name, type: file.type, size: bytes.byteLength, sha256: await hash(bytes) };
    await put("bytes", { id: row.id, bytes });
    return row;
  }

  /* The work with its draft's end in one transaction: never both, never neither. */
  async function hand(item) {
    await within(["items", "drafts"], "readwrite", (at) => {
      at.items.put(item);
      at.drafts.delete(item.packet);
    });
    tell();
  }

  /* The server has said the number: the bytes may go, the line stays a week. */
  async function close(id, receipt) {
    await within(["items", "bytes"], "readwrite", (at) => {
      const asked = at.items.get(id);
      asked.onsuccess = () => {
        const item = asked.result;
        if (!item) return;
        item.files.forEach((file) => at.bytes.delete(file.id));
        at.items.put({ ...item, state: "done", receipt, body: null, doneAt: Date.now() });
      };
    });
    tell();
  }

  /* A person has decided, or need not any more: both contents are with the server, files included. */
  async function settle(id) {
    await within(["items", "bytes"], "readwrite", (at) => {
      const asked = at.items.get(id);
      asked.onsuccess = () => {
        const item = asked.result;
        if (!item) return;
        item.files.forEach((file) => at.bytes.delete(file.id));
        at.items.put({ ...item, state: "settled", body: null, doneAt: Date.now() });
      };
    });
    tell();
  }

  const FINAL = ["done", "settled"];

  /* Packets whose work is all confirmed, or whose time is over and nothing waits, leave the phone. */
  async function tidy() {
    const [packets, items, drafts] = await Promise.all([all("packets"), all("items"), all("drafts")]);
    for (const item of items) {
      if (FINAL.includes(item.state) && Date.now() - item.doneAt > KEEP) await drop("items", item.id);
    }
    for (const packet of packets) {
      const own = items.filter((item) => item.packet === packet.id);
      const open = own.some((item) => !FINAL.includes(item.state));
      const used = own.length >= packet.times || packet.given;
      const over = Date.now() > packet.until && !drafts.some((draft) => draft.packet === packet.id);
      if (!open && (used || over)) await forget(packet.id);
    }
  }

  async function forget(id) {
    const draft = await get("drafts", id);
    await within(["packets", "drafts", "bytes"], "readwrite", (at) => {
      at.packets.delete(id);
      at.drafts.delete(id);
      draft?.files.forEach((file) => at.bytes.delete(file.id));
    });
    if ("caches" in window) await (await caches.open("anze-packets")).delete(`/outbox/packets/${id}/`);
    tell();
  }

  async function person() { return (await get("meta", "person"))?.value ?? ""; }
  const setPerson = (value) => put("meta", { key: "person", value });

  /* In words: why nothing can be kept here; empty if it can. */
  async function trouble() {
    if (!window.isSecureContext || !crypto.subtle) return "这个地址不是 HTTPS，浏览器不允许离线保存。请联网登记，或请管理员启用 HTTPS。";
    if (!("serviceWorker" in navigator)) return "这个浏览器（或无痕模式）不支持离线页面。请换用系统浏览器的普通窗口。";
    try { await open(); await put("meta", { key: "probe", value: Date.now() }); } catch { return "这个浏览器不能在手机上保存内容，可能正开着无痕模式。请换普通窗口后再试，现在请联网登记。"; }
    return "";
  }

  function words(error) {
    if (error?.name === "QuotaExceededError") return "手机存储空间不够，刚才的内容没有存下。请删去一些照片或别的文件，再试一次；这个页面先不要关。";
    return "没有存到手机上，请再试一次；这个页面先不要关。";
  }

  return { all, change, close, drop, forget, get, hand, keepFile, onChange: (hear) => heard.add(hear), person, put, setPerson, settle, tell, tidy, trouble, within, words, FINAL };
})();
