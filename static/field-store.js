// What waits on the phone: records with their photos, and drafts, in IndexedDB; the kept pages in the cache of the worker.
"use strict";
const FIELD_CACHE = "field";
const DAY_MS = 24 * 3600 * 1000;
const PAGE_DAYS = 3; // a kept page nobody needs any more
const DRAFT_DAYS = 7; // a form nobody came back to
const PAGE = /^\/field\/(\d+)\/$/;

function fieldDatabase() {
  return new Promise((resolve, reject) => {
    const asked = indexedDB.open("field", 1);
    asked.onupgradeneeded = () => {
      asked.result.createObjectStore("records", { keyPath: "key" });
      asked.result.createObjectStore("drafts", { keyPath: "key" });
    };
    asked.onsuccess = () => resolve(asked.result);
    asked.onerror = () => reject(asked.error);
  });
}

async function fieldAct(store, mode, act) {
  const database = await fieldDatabase();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(store, mode);
    const asked = act(transaction.objectStore(store));
    transaction.oncomplete = () => { database.close(); resolve(asked.result); };
    transaction.onabort = transaction.onerror = () => { database.close(); reject(transaction.error); };
  });
}

const fieldStore = {
  all: (store) => fieldAct(store, "readonly", (rows) => rows.getAll()),
  get: (store, key) => fieldAct(store, "readonly", (rows) => rows.get(key)),
  put: (store, row) => fieldAct(store, "readwrite", (rows) => rows.put(row)),
  drop: (store, key) => fieldAct(store, "readwrite", (rows) => rows.delete(key)),

  // Keep this page and what it is drawn with for the way without a network.
  async keep() {
    const drawn = [...document.querySelectorAll("link[href],script[src],use[href]")].map((one) => one.getAttribute("href") || one.getAttribute("src"));
    const paths = new Set(drawn.map((one) => new URL(one, location.href).pathname));
    const kept = await caches.open(FIELD_CACHE);
    await kept.addAll([location.pathname, ...paths]);
  },

  // Take away what nobody needs: yesterday's receipts, last week's drafts, and pages of three days ago that nothing waits for. With a
  // case, its page too. What waits to be sent is never taken away.
  async tidy(done) {
    const records = await fieldStore.all("records");
    const old = records.filter((one) => one.state === "sent" && Date.now() - one.at > DAY_MS);
    await Promise.all(old.map((one) => fieldStore.drop("records", one.key)));
    const left = await fieldStore.all("drafts");
    const drafts = left.filter((one) => Date.now() - one.at < DRAFT_DAYS * DAY_MS);
    await Promise.all(left.filter((one) => !drafts.includes(one)).map((one) => fieldStore.drop("drafts", one.key)));
    const needed = new Set([...records.filter((one) => one.state !== "sent"), ...drafts].map((one) => String(one.case)));
    const kept = await caches.open(FIELD_CACHE);
    for (const request of await kept.keys()) {
      const path = new URL(request.url).pathname, page = path === "/field/" ? [path, ""] : PAGE.exec(path);
      const answer = page && !needed.has(page[1]) ? await kept.match(request) : null;
      const age = answer ? Date.now() - Date.parse(answer.headers.get("Date") || 0) : 0;
      if (answer && (page[1] === String(done) || !(age < PAGE_DAYS * DAY_MS))) await kept.delete(request);
    }
  },

  // Everything: records, drafts and pages.
  async empty() {
    await fieldAct("records", "readwrite", (rows) => rows.clear());
    await fieldAct("drafts", "readwrite", (rows) => rows.clear());
    await caches.delete(FIELD_CACHE);
  },
};
