// Shows instants in the reader's own zone and lists their zone once. Pages are complete without it.
"use strict";
const format = new Intl.DateTimeFormat(undefined, {
  day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit",
  timeZoneName: "short",
});
for (const time of document.querySelectorAll("time[data-local]")) {
  const instant = new Date(time.dateTime);
  if (!Number.isNaN(instant.valueOf())) {
    time.title = time.textContent;
    time.textContent = format.format(instant);
  }
}
// A summary of what was wrong, or what was done, is read out and reached first.
document.querySelector("[data-focus]")?.focus();
