// The page of a visit on site: where, when, photos, what was found. Everything goes to the phone first and from there to the office.
"use strict";
const form = document.querySelector("form[data-field]");
const words = Object.fromEntries([...document.querySelectorAll("#words [data-word]")].map((one) => [one.dataset.word, one.textContent]));
const MOST_BYTES = 20 * 1024 * 1024, FRESH_MS = 10 * 60 * 1000;
let photos = [], typing = 0;
const ahead = () => Number(localStorage.getItem("field-ahead") || 0); // of the office's clock before this phone's
const field = (name) => form.elements.namedItem(name);
const made = (tag, text, classes) => Object.assign(document.createElement(tag), { textContent: text || "", className: classes || "" });

function say(text, bad) {
  const told = document.querySelector("#told");
  told.hidden = !text;
  told.textContent = text;
  told.className = bad ? "field-told bad" : "field-told";
}

function button(text, act, quiet) {
  const one = made("button", text, `btn small${quiet ? " quiet" : ""}`);
  one.type = "button";
  one.addEventListener("click", act);
  return one;
}

function locate() {
  const asked = { enableHighAccuracy: true, timeout: 20000, maximumAge: 15000 };
  return new Promise((resolve) => {
    if (!navigator.geolocation) resolve(null);
    else navigator.geolocation.getCurrentPosition(({ coords }) => resolve({
      latitude: coords.latitude.toFixed(6), longitude: coords.longitude.toFixed(6), accuracy_m: String(Math.ceil(coords.accuracy)),
    }), () => resolve(null), asked);
  });
}

async function here() {
  say(words.locating);
  const place = await locate();
  say(place ? "" : words["no-place"], !place);
  if (!place) return;
  for (const [name, value] of Object.entries(place)) field(name).value = value;
  field("place_source").value = "PHONE";
  await draft();
}

function localTime(at) {
  const shown = new Date(at - new Date(at).getTimezoneOffset() * 60000);
  return shown.toISOString().slice(0, 16);
}

const NAMES = ["second", "visited_at", "latitude", "longitude", "accuracy_m", "place_source", "findings", "result"];
const typed = () => Object.fromEntries(NAMES.map((name) => [name, field(name).value]));
const draftKey = () => `${form.dataset.by}-${form.dataset.case}`;
const draft = () => fieldStore.put("drafts", { key: draftKey(), case: form.dataset.case, at: Date.now(), fields: typed(), photos });

// A photo that was taken just now was taken here; of an older one only the photo itself can say where.
async function add(files) {
  const fresh = files.some((one) => Date.now() - one.lastModified < FRESH_MS) ? await locate() : null;
  for (const file of files) {
    const place = fresh && Date.now() - file.lastModified < FRESH_MS ? fresh : {};
    photos.push({ name: file.name, blob: file, ...place, taken_at: new Date(file.lastModified + ahead()).toISOString() });
  }
  await draft();
  showPhotos();
}

function showPhotos() {
  const list = document.querySelector("#taken");
  list.replaceChildren(...photos.map((photo, at) => {
    const row = made("li", "", "field-photo"), about = made("div");
    const small = document.createElement("canvas");
    small.width = small.height = 72;
    small.setAttribute("aria-hidden", "true");
    createImageBitmap(photo.blob).then((picture) => {
      const side = Math.min(picture.width, picture.height);
      small.getContext("2d").drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, 72, 72);
    }).catch(() => undefined);
    about.append(made("b", photo.name), made("p", photo.latitude ? words["of-phone"].replace("{}", `${photo.latitude}, ${photo.longitude}`) : words["of-photo"], "small muted"));
    about.append(button(words.drop, async () => { photos.splice(at, 1); await draft(); showPhotos(); }, true));
    row.append(small, about);
    return row;
  }));
}

async function save(event) {
  event.preventDefault();
  const bytes = photos.reduce((sum, one) => sum + one.blob.size, 0);
  const wrong = photos.length === 0 ? words["no-photo"] : photos.length > Number(form.dataset.photos) ? words["many-photos"]
    : bytes > MOST_BYTES ? words["too-large"] : "";
  if (wrong) { say(wrong, true); return; }
  if (form.dataset.saving) return; // pressed twice
  form.dataset.saving = "yes";
  const given = typed();
  given.visited_at = new Date(given.visited_at).toISOString();
  const { case: of, by, byName, title } = form.dataset;
  clearTimeout(typing);
  try {
    await fieldStore.put("records", { key: crypto.randomUUID(), case: of, title, by, byName, state: "waiting", at: Date.now(), fields: given, photos });
    await fieldStore.drop("drafts", draftKey());
  } catch {
    say(words["not-kept"], true);
    return;
  } finally {
    delete form.dataset.saving;
  }
  photos = [];
  form.reset();
  begin();
  say(words.saved);
  await show();
  await fieldSend(show);
}

async function back(record) {
  fill(record.fields, new Date(record.fields.visited_at).getTime());
  photos = record.photos;
  await draft();
  await fieldStore.drop("records", record.key);
  showPhotos();
  await show();
  form.scrollIntoView();
}

function fill(fields, at) {
  for (const name of NAMES) field(name).value = fields[name];
  if (at) field("visited_at").value = localTime(at);
}

function begin() {
  field("visited_at").value = localTime(Date.now() + ahead());
  showPhotos();
}

function row(record) {
  const one = made("li", "", "field-record flow-s"), head = made("p", "", "row");
  head.append(document.querySelector(`#state-${record.state}`).content.cloneNode(true), made("b", record.number || record.title));
  one.append(head);
  const why = record.state === "refused" ? record.said || words[record.waits] : words[record.waits] || "";
  if (why) one.append(made("p", record.waits === "another" ? why.replace("{}", record.byName) : why, record.state === "refused" ? "danger" : "muted"));
  const acts = made("p", "", "row");
  if (record.waits === "signed-out") {
    acts.append(Object.assign(made("a", words["sign-in"], "btn small"), { href: `/login/?next=${encodeURIComponent(location.pathname)}` }));
  }
  if (record.state === "waiting") acts.append(button(words["send-now"], () => fieldSend(show), true));
  if (record.state === "refused" && form && record.case === form.dataset.case) acts.append(button(words.change, () => back(record)));
  if (record.state !== "sent") {
    acts.append(button(words.drop, async () => {
      if (!confirm(words.sure)) return;
      await fieldStore.drop("records", record.key);
      await fieldStore.tidy();
      await show();
    }, true));
  }
  if (acts.childNodes.length) one.append(acts);
  return one;
}

async function show() {
  const records = (await fieldStore.all("records")).sort((one, other) => other.at - one.at);
  document.querySelector("#records").replaceChildren(...records.map(row));
  document.querySelector("#no-records").hidden = records.length > 0;
}

async function open() {
  await show();
  if (form) {
    const kept = await fieldStore.get("drafts", draftKey());
    begin();
    if (kept) { fill(kept.fields); photos = kept.photos; showPhotos(); }
    form.addEventListener("submit", save);
    form.addEventListener("change", draft);
    form.addEventListener("input", () => { clearTimeout(typing); typing = setTimeout(draft, 400); });
    document.addEventListener("visibilitychange", () => { if (document.hidden && field("findings").value) draft(); });
    for (const name of ["latitude", "longitude"]) field(name).addEventListener("input", () => { field("place_source").value = "TYPED"; field("accuracy_m").value = ""; });
    document.querySelector("#here").addEventListener("click", here);
    document.querySelector("#photos").addEventListener("change", (event) => {
      const files = [...event.target.files];
      event.target.value = "";
      return add(files);
    });
    form.hidden = false;
  }
  document.querySelector("#empty").addEventListener("click", async () => {
    if (!confirm(words.sure)) return;
    await fieldStore.empty();
    location.reload();
  });
  window.addEventListener("online", () => fieldSend(show));
  setInterval(() => fieldSend(show), 60000);
  // Not every browser says when the network is back: who waits for it looks again soon.
  setInterval(async () => {
    const records = navigator.onLine ? await fieldStore.all("records") : [];
    if (records.some((one) => one.state === "waiting" && one.waits === "no-network")) fieldSend(show);
  }, 3000);
  try {
    await remember();
  } catch {
    document.querySelector("#kept").hidden = true; // a browser that keeps nothing: the page works as long as it is open
  }
  await fieldSend(show);
}

// Let the worker keep this page, and put the phone's clock right by the office's.
async function remember() {
  await navigator.serviceWorker.register("/field/worker.js");
  await navigator.serviceWorker.ready;
  await fieldStore.tidy();
  const who = await fieldToken();
  if (!who.waits) {
    localStorage.setItem("field-ahead", String(Date.parse(who.now) - Date.now()));
    await fieldStore.keep();
    if (form && !(await fieldStore.get("drafts", draftKey()))) begin();
  }
  document.querySelector("#kept").hidden = !(await caches.match(location.pathname));
}

open();
