// Keeps the pages of a visit on site, and what they are drawn with, so that they open without a network. Nothing else passes here.
"use strict";
const KEPT = "field";
const PATIENCE_MS = 4000; // a network that answers later than this is none
const mine = (path) => /^\/field\/(\d+\/)?$/.test(path) || path.startsWith("/static/");

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (event.request.method === "GET" && url.origin === self.location.origin && mine(url.pathname)) {
    event.respondWith(fresh(event.request, url.pathname));
  }
});

// The page as it is now; as it was kept when the network does not answer. What sends somebody to the log-in is passed on, never kept.
async function fresh(request, path) {
  const network = fetch(request).then(async (answer) => {
    if (answer.ok && answer.type === "basic" && !answer.redirected) {
      const kept = await caches.open(KEPT);
      await kept.put(path, answer.clone());
    }
    return answer;
  });
  network.catch(() => undefined); // answered below
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE_MS));
  const first = await Promise.race([network.catch(() => undefined), late]);
  return first || (await caches.match(path)) || network;
}
