/* The page of a packet: filled in without network, kept as a draft at every change, handed to the
   outbox in one step. Files stay the bytes that were chosen. */
"use strict";
(() => {
  const box = window.anzeOutbox;
  let form, packet, files = [], editing = null, saving = Promise.resolve(), timer = 0;

  const SKIP = new Set(["csrfmiddlewaretoken"]);
  const pairs = () => [...new FormData(form).entries()].filter(([name, value]) => typeof value === "string" && !SKIP.has(name));

  function say(words) {
    const place = document.querySelector("[data-fill-wrong]");
    place.hidden = !words;
    place.querySelector("span").textContent = words;
    if (words) place.scrollIntoView({ block: "center" });
  }

  /* Only files that a field still names. */
  const named = (fields) => { const values = new Set(fields.map(([, value]) => value)); return files.filter((file) => values.has(file.id)); };

  function save() {
    clearTimeout(timer);
    const fields = pairs();
    const draft = { packet: packet.id, owner: packet.owner, fields, files: named(fields), editing };
    saving = saving.then(() => box.put("drafts", draft)).catch((problem) => say(box.words(problem)));
    return saving;
  }
  const soon = () => { clearTimeout(timer); timer = setTimeout(save, 300); };

  /* forms/fill.js hands a chosen file over instead of sending it ahead. */
  async function keep(event) {
    const { file, item, name, failed } = event.detail;
    if (file.size > 20 * 1024 * 1024) { failed(`${file.name} 超过 20 MB，请换一个或缩小。`); return; }
    if (!file.size) { failed(`${file.name} 是空的，请重新选择。`); return; }
    try {
      const row = await box.keepFile(file);
      files.push({ ...row, state: "waiting", offset: 0 });
      item.prepend(Object.assign(document.createElement("input"), { type: "hidden", name, value: row.id }));
      item.classList.remove("az-attach-busy");
      event.detail.kept();
      await save();
    } catch (problem) { failed(box.words(problem)); }
  }

  async function show(file, name) {
    const list = [...form.querySelectorAll("[data-attach]")].find((one) => one.dataset.name === name)?.querySelector("[data-attach-list]");
    const kept = await box.get("bytes", file.id);
    if (!list || !kept) return;
    files.push(file);
    const item = document.createElement("li");
    const picture = file.type.startsWith("image/") ? document.createElement("img") : document.createElement("span");
    if (picture.tagName === "IMG") { picture.src = URL.createObjectURL(new Blob([kept.bytes], { type: file.type })); picture.alt = file.name; } else { picture.className = "az-attach-doc"; picture.textContent = file.name; }
    const drop = Object.assign(document.createElement("button"), { type: "button", className: "az-attach-drop", textContent: "×" });
    drop.dataset.attachRemove = "";
    drop.setAttribute("aria-label", "去掉这一个");
    item.append(Object.assign(document.createElement("input"), { type: "hidden", name, value: file.id }), picture, drop);
    list.append(item);
  }

  async function restore(fields, kept) {
    const byId = new Map(kept.map((file) => [file.id, file]));
    const told = new Set(fields.map(([name]) => name));
    form.querySelectorAll("input[type=radio], input[type=checkbox]").forEach((input) => {
      if (told.has(input.name)) input.checked = fields.some(([name, value]) => name === input.name && value === input.value);
      else if (input.type === "checkbox") input.checked = false;
    });
    for (const [name, value] of fields) {
      if (byId.has(value)) { await show({ ...byId.get(value), state: "waiting", offset: 0, receipt: null }, name); continue; }
      const input = form.elements.namedItem(name);
      if (input instanceof HTMLElement && !["radio", "checkbox", "file"].includes(input.type)) input.value = value;
    }
    form.querySelectorAll("[data-checks]").forEach((checks) => checks.dispatchEvent(new Event("change", { bubbles: true })));
  }

  /* The page was made when it was taken along; it is filled in today. */
  function today() {
    const day = form.querySelector("input[type=date][max]");
    if (!day) return;
    const value = new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Shanghai" }).format(new Date());
    if (value > day.max) day.max = day.value = value;
  }

  function badNumber() {
    const bad = [...form.querySelectorAll("input[inputmode=numeric], input[inputmode=decimal]")].find((input) => {
      const text = input.value.normalize("NFKC").replace(/[,\s]/g, "");
      return text && !(input.inputMode === "numeric" ? /^[+-]?\d{1,15}$/ : /^[+-]?\d{1,12}(\.\d{1,9})?$/).test(text);
    });
    if (bad) { bad.focus(); bad.scrollIntoView({ block: "center" }); }
    return bad;
  }

  async function hand(event) {
    event.preventDefault();
    event.stopPropagation();
    say("");
    if (badNumber()) { say("标出的这一项请填数字。"); return; }
    if (form.dataset.handing) return;
    form.dataset.handing = "1";
    try {
      await save();
      const fields = pairs();
      const own = named(fields).map((file) => ({ ...file, state: "waiting", offset: 0 }));
      const before = editing ? await box.get("items", editing) : null;
      const madeAt = Date.now();
      /* These bytes are the submission: what is sent later is this text and no other. */
      const body = JSON.stringify({ v: 1, captured: new Date(madeAt).toISOString(), content: { fields }, files: own.map((file) => file.id) });
      const id = before && before.state === "returned" ? before.id : crypto.randomUUID();
      const labels = Object.fromEntries([...form.querySelectorAll("[data-label]")].map((one) => [one.dataset.name, one.dataset.label]));
      await box.hand({ id, packet: packet.id, owner: packet.owner, title: packet.title, unit: packet.unit, madeAt, state: "waiting", why: "", body, files: own, labels });
      editing = null;
      history.replaceState(null, "", location.pathname);
      await after();
      box.send();
    } catch (problem) {
      say(box.words(problem));
    } finally {
      delete form.dataset.handing;
    }
  }

  async function after() {
    const used = (await box.all("items")).filter((item) => item.packet === packet.id).length;
    document.querySelector("[data-fill-form]").hidden = true;
    const done = document.querySelector("[data-fill-done]");
    done.hidden = false;
    const left = packet.times - used;
    const more = done.querySelector("[data-fill-more]");
    more.hidden = left < 1;
    more.textContent = `再填一份（还剩 ${left} 份）`;
    box.draw();
    window.scrollTo(0, 0);
  }

  async function begin() {
    form = document.querySelector("form[data-packet]");
    if (!form) return;
    const closed = document.querySelector("[data-fill-closed]");
    const refuse = (words) => { closed.hidden = false; closed.querySelector("span").textContent = words; };
    try { packet = await box.get("packets", form.dataset.packet); } catch { refuse(await box.trouble()); return; }
    if (!packet) { refuse("这份表不在这部手机上，或者已经填完送出。请从“登记”里重新带走。"); return; }
    if (packet.owner !== await box.person()) { refuse("这份表是另一个账号带走的，或您已退出登录。请用带走它的账号联网登录后再填；已存的内容会照常发送。"); return; }
    const items = (await box.all("items")).filter((item) => item.packet === packet.id);
    const again = items.find((item) => `#${item.id}` === location.hash && item.state === "returned");
    const draft = await box.get("drafts", packet.id);
    if (!again && !draft && items.length >= packet.times) { await after(); return; }
    today();
    form.addEventListener("anze:keep", keep);
    form.addEventListener("submit", hand);
    document.querySelector("[data-fill-form]").hidden = false;
    if (again) {
      editing = again.id;
      await restore(JSON.parse(again.body).content.fields, again.files);
      say(again.why);
    } else if (draft) {
      editing = draft.editing;
      await restore(draft.fields, draft.files);
    }
    form.addEventListener("input", soon);
    form.addEventListener("change", soon);
    form.addEventListener("click", (event) => { if (event.target.closest?.("[data-attach-remove]")) soon(); });
    window.addEventListener("pagehide", () => { if (!form.closest("[hidden]")) save(); });
    document.querySelector("[data-fill-more]").addEventListener("click", () => location.reload());
  }

  document.addEventListener("DOMContentLoaded", begin);
})();
