/* Phrases put into the opinion by mouse or by Alt and a figure; the opinion of a case goes along to the page that confirms. */
(function () {
  "use strict";
  var field = document.getElementById("id_reason") || document.getElementById("id_opinion");
  if (!field) return;
  var key = "opinion:" + location.pathname.replace(/\/(change|press\/[^/]+|assign)\/$/, "/");

  function put(text) {
    var at = field.selectionStart, rest = field.value.slice(field.selectionEnd);
    field.value = field.value.slice(0, at) + text + rest;
    field.focus();
    field.selectionStart = field.selectionEnd = at + text.length;
    field.dispatchEvent(new Event("input"));
  }

  var phrases = Array.prototype.slice.call(document.querySelectorAll("[data-phrase]"));
  phrases.forEach(function (button) {
    button.addEventListener("click", function () { put(button.getAttribute("data-phrase")); });
  });
  document.addEventListener("keydown", function (event) {
    var figure = /^Digit([1-9])$/.exec(event.code);
    if (!event.altKey || event.ctrlKey || event.metaKey || !figure) return;
    var button = phrases[Number(figure[1]) - 1];
    if (button) { event.preventDefault(); put(button.getAttribute("data-phrase")); }
  });

  if (field.id === "id_opinion") {
    field.value = sessionStorage.getItem(key) || "";
    field.addEventListener("input", function () { sessionStorage.setItem(key, field.value); });
  } else {
    if (!field.value) field.value = sessionStorage.getItem(key) || "";
    if (field.form) field.form.addEventListener("submit", function () { sessionStorage.removeItem(key); });
  }
})();
