// Lights a field's place in the source and a place's fields in the plan; without it each is a link.
"use strict";
const fields = new Map();
for (const field of document.querySelectorAll("a.one[data-at]")) {
  const known = fields.get(field.dataset.at) ?? [];
  fields.set(field.dataset.at, [...known, field]);
}
let lit = [];
function unlight() {
  for (const one of lit) one.classList.remove("lit");
  lit = [];
}
function reveal(one) {
  const view = one.closest(".view");
  if (!view) return;
  const inner = one.getBoundingClientRect(), outer = view.getBoundingClientRect();
  if (inner.top < outer.top || inner.bottom > outer.bottom) {
    view.scrollTop += inner.top - outer.top - outer.height / 3;
  }
  if (inner.left < outer.left || inner.right > outer.right) {
    one.closest(".wide")?.scrollBy({ left: inner.left - outer.left - outer.width / 3 });
  }
}
function light(from) {
  unlight();
  const place = from.dataset.at ? document.getElementById(from.dataset.at) : from;
  if (!place) return;
  lit = [place, ...(fields.get(place.id) ?? [])];
  if (from.dataset.at && !lit.includes(from)) lit.push(from);
  for (const one of lit) one.classList.add("lit");
  const other = from.dataset.at ? place : lit[1];
  if (other) reveal(other);
}
function sought(event) {
  const one = event.target.closest?.("[data-at], .view .spot[id], .view li[id], .view tr[id]");
  return one && (one.dataset.at || fields.has(one.id)) ? one : null;
}
for (const kind of ["mouseover", "focusin"]) {
  document.addEventListener(kind, (event) => {
    const one = sought(event);
    if (one) light(one);
  });
}
// A jump lights what it leads to and keeps the page where it is, when both panes are in sight.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.(".view a[href^='#']");
  if (!link) return;
  const there = document.getElementById(decodeURIComponent(link.getAttribute("href").slice(1)));
  if (!there || window.innerWidth < 960) return;
  event.preventDefault();
  light(link.dataset.at ? link : there.dataset.at ? there : link);
  reveal(there);
  (there.matches("a") ? there : link).focus({ preventScroll: true });
});
// A line named in an error is shown selected in the text.
document.addEventListener("click", (event) => {
  const link = event.target.closest?.("[data-line]");
  const text = document.querySelector("[data-lines]");
  if (!link || !text) return;
  event.preventDefault();
  const lines = text.value.split("\n"), number = Number(link.dataset.line) - 1;
  const start = lines.slice(0, number).reduce((sum, line) => sum + line.length + 1, 0);
  text.focus();
  text.setSelectionRange(start, start + (lines[number] ?? "").length);
  text.scrollTop = (text.scrollHeight / lines.length) * Math.max(0, number - 5);
});
for (const zone of document.querySelectorAll("[data-drop]")) {
  const input = zone.querySelector("input[type=file]");
  for (const kind of ["dragenter", "dragover"]) {
    zone.addEventListener(kind, (event) => { event.preventDefault(); zone.classList.add("over"); });
  }
  zone.addEventListener("dragleave", () => zone.classList.remove("over"));
  zone.addEventListener("drop", (event) => {
    event.preventDefault();
    zone.classList.remove("over");
    if (event.dataTransfer.files.length) input.files = event.dataTransfer.files;
  });
}
// A count that runs is looked at again by itself.
const again = document.querySelector("[data-again]");
if (again) setTimeout(() => location.reload(), Number(again.dataset.again));
