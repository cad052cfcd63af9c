// The inbox: how long each customer has waited goes on by itself, so that rows need not come anew.
(() => {
  "use strict";

  const EVERY = 15000, MINUTE = 60000; // milliseconds
  const piece = document.getElementById("inbox-list");
  // Clocks of desks go wrong: what counts is that of the server.
  const ahead = Date.now() - Date.parse(piece.dataset.now);
  const fill = (template, values) =>
    template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  function wait(words, minutes) {
    if (minutes < 60) return fill(words.minutes, { minutes });
    if (minutes < 24 * 60) return fill(words.hours, { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
    return fill(words.days, { days: Math.floor(minutes / (24 * 60)) });
  }

  function count() {
    const words = piece.querySelector("[data-rows]").dataset, now = Date.now() - ahead;
    for (const one of piece.querySelectorAll("[data-since]")) {
      const waited = (now - Date.parse(one.dataset.since)) / MINUTE;
      const told = wait(words, Math.max(0, Math.floor(waited)));
      if (one.textContent !== told) one.textContent = told;
      one.classList.toggle("hot", waited > words.promised);
      one.classList.toggle("warm", waited >= words.promised / 2 && waited <= words.promised);
    }
  }

  // Where the screen is small, what narrows the list down is behind a button; without this script all of it is there.
  const form = document.getElementById("narrow"), button = document.getElementById("fold");
  form.classList.add("folds", "folded");
  button.addEventListener("click", () => {
    const folded = form.classList.toggle("folded");
    button.setAttribute("aria-expanded", String(!folded));
  });

  setInterval(count, EVERY);
  document.addEventListener("visibilitychange", () => document.hidden || count());
})();
