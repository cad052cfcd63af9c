// The network: the map drawn larger, times to come at a press, and a look ahead while a form changes.
(() => {
  "use strict";

  // --- the map: what is shown of it stays when the page is freshened ------------------------

  const WHOLE = 1000, NEAREST = 12, RATIO = 0.632;
  let view = null; // { x, y, width } of the picture; null: all of it

  const map = () => document.getElementById("map");

  function draw() {
    const picture = map();
    if (!picture) return;
    document.querySelectorAll(".zoom").forEach((buttons) => { buttons.hidden = false; });
    const at = view ?? { x: 0, y: 0, width: WHOLE };
    const k = at.width / WHOLE;
    picture.setAttribute("viewBox", `${at.x} ${at.y} ${at.width} ${at.width * RATIO}`);
    picture.style.setProperty("--k", k);
    picture.classList.toggle("near", k < 1);
    picture.classList.toggle("close", k < 0.13);
    for (const circle of picture.querySelectorAll("circle")) circle.setAttribute("r", circle.dataset.r * k);
    for (const text of picture.querySelectorAll("text")) {
      text.setAttribute("dx", Number(text.dataset.dx ?? 9) * k);
      text.setAttribute("dy", -7 * k);
    }
  }

  function show(x, y, width) {
    const wide = Math.min(WHOLE, Math.max(NEAREST, width));
    const clamp = (value, most) => Math.min(Math.max(0, value), most);
    view = wide >= WHOLE ? null : {
      x: clamp(x - wide / 2, WHOLE - wide), y: clamp(y - wide * RATIO / 2, (WHOLE - wide) * RATIO), width: wide,
    };
    draw();
  }

  // From all of the country one comes nearer to what was looked at last, else to the first circle.
  function middle() {
    if (view) return [view.x + view.width / 2, view.y + view.width * RATIO / 2];
    const circle = map().querySelector("a:focus .mark") ?? map().querySelector(".mark");
    return circle ? [Number(circle.getAttribute("cx")), Number(circle.getAttribute("cy"))] : [WHOLE / 2, WHOLE * RATIO / 2];
  }

  document.addEventListener("click", (event) => {
    const step = event.target.closest("[data-zoom]")?.dataset.zoom;
    if (!step) return;
    const width = view?.width ?? WHOLE;
    if (step === "all") { view = null; draw(); } else show(...middle(), step === "in" ? width / 2 : width * 2);
  });

  let held = null;
  document.addEventListener("pointerdown", (event) => {
    if (view && event.target.closest("#map") && !event.target.closest("a")) held = { x: event.clientX, y: event.clientY, from: view };
  });
  document.addEventListener("pointermove", (event) => {
    if (!held) return;
    const k = held.from.width / map().clientWidth;
    show(held.from.x + held.from.width / 2 - (event.clientX - held.x) * k,
      held.from.y + held.from.width * RATIO / 2 - (event.clientY - held.y) * k, held.from.width);
  });
  for (const end of ["pointerup", "pointercancel"]) document.addEventListener(end, () => { held = null; });
  document.addEventListener("gaisma:fresh", draw);
  draw();

  // --- a time to come: so many hours from now, on the clock of Latvia ------------------------

  const clock = new Intl.DateTimeFormat("sv-SE", { timeZone: "Europe/Riga", dateStyle: "short", timeStyle: "short" });

  document.querySelectorAll("[data-quick]").forEach((row) => { row.hidden = false; });
  document.addEventListener("click", (event) => {
    const hours = event.target.closest("[data-hours]")?.dataset.hours;
    if (!hours) return;
    const field = document.getElementById(event.target.closest("[data-quick]").dataset.quick);
    const quarter = 15 * 60000;
    const at = new Date(Math.ceil((Date.now() + hours * 3600000) / quarter) * quarter);
    field.value = clock.format(at).replace(" ", "T");
    field.dispatchEvent(new Event("input", { bubbles: true }));
  });
  // A time that is written is known.
  document.addEventListener("input", (event) => {
    if (event.target.name !== "ends") return;
    const open = event.target.form.querySelector("[name=open]");
    if (open) open.checked = !event.target.value;
  });
  document.addEventListener("change", (event) => {
    const ends = event.target.name === "open" && event.target.checked && event.target.form.querySelector("[name=ends]");
    if (ends) ends.value = "";
  });

  // --- what an outage would say, as the form stands -----------------------------------------

  const form = document.getElementById("plan"), look = document.getElementById("look");
  let timer = 0, asked = 0;

  async function lookAhead() {
    const values = new URLSearchParams(new FormData(form));
    values.delete("csrf_token");
    const mine = ++asked;
    try {
      const answer = await fetch(`${form.dataset.look}?${values}`, { headers: { "X-Gaisma-Poll": "1" } });
      const markup = await answer.text();
      if (answer.ok && mine === asked) look.innerHTML = markup;
    } catch { /* the look before stays; the act itself says what is wrong */ }
  }
  form?.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(lookAhead, 350);
  });
})();
