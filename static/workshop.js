/* What is typed is computed by the server while one types, and kept in this tab until a save went through. Works without, by saving. */
(function () {
  "use strict";
  var form = document.getElementById("sheet"), pane = document.getElementById("preview");
  if (!form || !pane) return;
  var key = form.dataset.key, base = form.dataset.base, timer = null, running = null, dirty = false;

  function cells() { return Array.prototype.slice.call(form.querySelectorAll(".cell .input")); }

  function mark() {
    var wrong = Array.prototype.map.call(pane.querySelectorAll("[data-at]"), function (one) { return one.dataset.at; });
    cells().forEach(function (cell) {
      var bad = wrong.indexOf(cell.id) >= 0 && cell.value.trim() !== "";
      cell.classList.toggle("wrong", bad);
      if (bad) cell.setAttribute("aria-invalid", "true"); else cell.removeAttribute("aria-invalid");
    });
  }

  function look() {
    if (running) running.abort();
    running = new AbortController();
    fetch(form.dataset.look, { method: "POST", body: new FormData(form), signal: running.signal, credentials: "same-origin" })
      .then(function (answer) { if (!answer.ok) throw new Error(String(answer.status)); return answer.text(); })
      .then(function (html) { pane.innerHTML = html; mark(); })
      .catch(function () { /* offline or signed out: the sheet stays in this tab, and saving says what is the matter */ });
  }

  function keep() {
    var typed = {};
    cells().forEach(function (cell) { typed[cell.name] = cell.value; });
    try { sessionStorage.setItem(key, JSON.stringify({ base: base, typed: typed })); } catch (full) { /* then the tab alone has it */ }
  }

  function bring() {
    var kept = null;
    try { kept = JSON.parse(sessionStorage.getItem(key) || "null"); } catch (broken) { kept = null; }
    if (!kept || kept.base !== base) { sessionStorage.removeItem(key); return; }
    cells().forEach(function (cell) {
      if (cell.name in kept.typed && kept.typed[cell.name] !== cell.value) { cell.value = kept.typed[cell.name]; dirty = true; }
    });
    if (dirty) look();
  }

  form.addEventListener("input", function () {
    dirty = true;
    keep();
    clearTimeout(timer);
    timer = setTimeout(look, 300);
  });
  form.addEventListener("submit", function () { dirty = false; });
  window.addEventListener("beforeunload", function (event) { if (dirty) event.preventDefault(); });
  bring();
  mark();
})();
