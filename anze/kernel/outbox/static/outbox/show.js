/* The outbox as this phone knows it. Somebody else's work is counted, never shown. */
"use strict";
(() => {
  const box = window.anzeOutbox;
  const STATES = { waiting: "待发送", sending: "发送中", numbering: "已收到，编号中", done: "已收到", returned: "被退回", conflict: "有冲突", locked: "待重新登录", settled: "已处理" };

  function make(tag, name, text) {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text !== undefined) node.textContent = text;
    return node;
  }

  const moment = (value) => new Intl.DateTimeFormat("zh-CN", { month: "numeric", day: "numeric", hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: "Asia/Shanghai" }).format(new Date(value));

  function percent(files) {
    const size = files.reduce((sum, file) => sum + file.size, 0);
    return size ? Math.floor((files.reduce((sum, file) => sum + (file.offset ?? 0), 0) / size) * 100) : 100;
  }

  function fileLine(file) {
    const words = { kept: `已收到 回执 ${file.receipt?.slice(-8)}`, refused: `被退回 ${file.why ?? ""}` }[file.state];
    const line = make("li", "az-ob-file");
    const size = file.size < 1048576 ? `${Math.ceil(file.size / 1024)} KB` : `${(file.size / 1048576).toFixed(1)} MB`;
    line.append(make("span", "az-ob-name", file.name || "照片"), make("span", "az-ob-size num", size), make("span", "az-ob-how", words ?? (file.state === "sending" ? `发送中 ${percent([file])}%` : "待发送")));
    return line;
  }

  function itemLine(item, packets) {
    const line = make("li", "az-ob-item");
    line.dataset.state = item.state;
    line.dataset.outboxItem = item.id;
    const head = make("div", "az-ob-head");
    const state = make("strong", "az-ob-state", item.state === "sending" && item.files.length ? `发送中 ${percent(item.files)}%` : item.state === "done" ? `已收到 存证第 ${item.receipt.n} 号` : STATES[item.state]);
    head.append(make("span", "az-ob-title", item.title), state);
    line.append(head, make("p", "az-ob-note", `${item.unit} · ${moment(item.madeAt)} 填`));
    if (item.why) line.append(make("p", "az-ob-why", item.why));
    Object.entries(item.faults ?? {}).forEach(([name, words]) => line.append(make("p", "az-ob-why", `${item.labels?.[name] ?? name}：${words}`)));
    if (item.receipt?.doubt) line.append(make("p", "az-ob-note", `${item.receipt.doubt}，按收到时间计算是否及时`));
    if (item.files.length) {
      const files = make("ul", "az-ob-files");
      files.append(...item.files.map(fileLine));
      line.append(files);
    }
    const deeds = make("div", "az-ob-deeds");
    if (item.state === "done") deeds.append(link("看回执", item.receipt.url));
    if (item.state === "conflict") deeds.append(link("核对两份内容", `/outbox/conflicts/${item.conflict}/`), button("已处理，不再提醒", () => box.settle(item.id)));
    if (item.state === "returned" && packets.has(item.packet)) deeds.append(link("打开修改", `/outbox/packets/${item.packet}/#${item.id}`));
    if (deeds.children.length) line.append(deeds);
    return line;
  }

  function link(text, href) {
    const node = make("a", "btn", text);
    node.href = href;
    return node;
  }

  function button(text, deed) {
    const node = make("button", "btn", text);
    node.type = "button";
    node.addEventListener("click", deed);
    return node;
  }

  function packetLine(packet, used, draft) {
    const line = make("li", "az-ob-item");
    const head = make("div", "az-ob-head");
    const left = packet.times - used;
    head.append(make("span", "az-ob-title", packet.title), make("strong", "az-ob-state", draft ? "有草稿" : left === packet.times ? "未填" : `还剩 ${left} 份`));
    const over = Date.now() > packet.until;
    line.append(head, make("p", "az-ob-note", `${packet.unit}${packet.subject ? " · " + packet.subject : ""} · ${moment(packet.expires)}${over ? " 已过期，再填按收到时间计" : " 前可离线填"}`));
    const deeds = make("div", "az-ob-deeds");
    deeds.append(link("去填写", packet.page), button("不用了", () => giveBack(packet, draft)));
    line.append(deeds);
    return line;
  }

  async function giveBack(packet, draft) {
    if (draft && !window.confirm("草稿和照片会从手机上删去，确定吗？")) return;
    const items = (await box.all("items")).filter((item) => item.packet === packet.id && !box.FINAL.includes(item.state));
    if (items.length) await box.change("packets", packet.id, (row) => ({ ...row, given: true }));
    else {
      await box.forget(packet.id);
      // Without network it lapses by itself; with it the server need not wait for that.
      fetch(`/outbox/packets/${packet.id}/revoke/`, { method: "POST", headers: { Accept: "application/json", "X-CSRFToken": box.csrf() }, body: new URLSearchParams({ reason: "not_needed" }) }).catch(() => {});
    }
    await draw();
  }

  async function draw() {
    const place = document.querySelector("[data-outbox]");
    if (!place) return;
    const wrong = await box.trouble();
    if (wrong) { place.replaceChildren(make("p", "az-ob-why", wrong)); return; }
    const [items, packets, drafts, person] = await Promise.all([box.all("items"), box.all("packets"), box.all("drafts"), box.person()]);
    const only = place.dataset.outbox;
    const own = items.filter((item) => item.owner === person && (!only || item.packet === only)).sort((a, b) => b.madeAt - a.madeAt);
    const others = items.filter((item) => item.owner !== person && !box.FINAL.includes(item.state)).length;
    const nodes = [];
    const known = new Set(packets.map((packet) => packet.id));
    if (own.length) {
      const list = make("ul", "az-ob-list");
      list.append(...own.map((item) => itemLine(item, known)));
      nodes.push(list);
    } else if (!only) nodes.push(make("p", "az-ob-none", "发件箱是空的：没有等着发送的内容。"));
    if (others && !only) nodes.push(make("p", "az-ob-note", `另有 ${others} 项待发送（他人）`));
    if (own.some((item) => !box.FINAL.includes(item.state))) nodes.push(button("立即重试", () => box.send()));
    const mine = packets.filter((packet) => packet.owner === person && !packet.given && items.filter((item) => item.packet === packet.id).length < packet.times);
    if (mine.length && !only) {
      const list = make("ul", "az-ob-list");
      list.append(...mine.map((packet) => packetLine(packet, items.filter((item) => item.packet === packet.id).length, drafts.some((draft) => draft.packet === packet.id))));
      nodes.push(make("h2", "", "带在手机上的表"), list);
    }
    place.replaceChildren(...nodes);
  }

  let drawing = Promise.resolve();
  const again = () => { drawing = drawing.then(draw).catch(() => {}); };
  box.draw = again;
  document.addEventListener("DOMContentLoaded", () => {
    again();
    box.onChange(again);
    window.addEventListener("focus", again);
  });
})();
