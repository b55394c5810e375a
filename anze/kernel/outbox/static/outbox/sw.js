/* Keeps the shell and the pages of packets; SHELL comes before this line from the server.
   No page that depends on who is signed in is ever put into a cache. */
"use strict";
const CACHE = `anze-shell-${SHELL.version}`, PACKETS = "anze-packets";
const HASHED = /\.[0-9a-f]{12}\.\w+$/;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(SHELL.urls.map((url) => new Request(url, { cache: "reload", credentials: "omit" })))).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const old = (name) => name.startsWith("anze-shell-") && name !== CACHE;
  event.waitUntil(caches.keys().then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name)))).then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (url.pathname.startsWith("/static/")) event.respondWith(asset(request, url));
  else if (request.mode === "navigate") event.respondWith(page(request, url));
});

async function asset(request, url) {
  const kept = await caches.match(request, { cacheName: CACHE, ignoreVary: true });
  if (kept && HASHED.test(url.pathname)) return kept;
  try { return await fetch(request); } catch (problem) { if (kept) return kept; throw problem; }
}

/* A packet's page answers from the phone, signed in or not; every other page comes from the server. */
async function page(request, url) {
  if (url.pathname.startsWith("/outbox/packets/")) {
    const kept = await caches.match(url.pathname, { cacheName: PACKETS, ignoreVary: true });
    if (kept) return kept;
  }
  try { return await fetch(request); } catch { return await caches.match(SHELL.offline, { cacheName: CACHE, ignoreVary: true }) ?? Response.error(); }
}
