// Words of one's own: what they become as SMS, what that takes and costs, and for how many.
(() => {
  "use strict";

  const LATER = 300; // milliseconds after the last letter
  const form = document.querySelector("form[data-measure]");
  if (!form) return;
  const reach = document.getElementById("reach"), price = document.getElementById("price");
  const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const money = new Intl.NumberFormat(document.documentElement.lang, { minimumFractionDigits: 2, maximumFractionDigits: 2 });
  let parts = {}, readers = {}, asked = 0;

  async function measure() {
    const own = ++asked;
    const given = new FormData(form);
    if (form.dataset.kind) given.set("kind", form.dataset.kind);
    const answer = await fetch(form.dataset.measure, { method: "POST", body: given });
    if (!answer.ok || own !== asked) return; // a later question is under way
    const found = await answer.json();
    parts = {};
    form.querySelectorAll("[data-count]").forEach((line) => {
      const language = line.dataset.count, one = found[language];
      line.classList.toggle("bad", Boolean(one?.too_long));
      if (one) parts[language] = one.segments;
      const text = one ? fill(line.dataset.one ?? "{segments} SMS", one) : "";
      line.textContent = one?.too_long ? `${text} ${line.dataset.long ?? ""}` : text;
      const sms = form.querySelector(`[data-sms="${language}"]`);
      if (sms) { sms.dataset.empty ??= sms.textContent; sms.textContent = one?.text ?? sms.dataset.empty; }
    });
    tellPrice();
  }

  async function count() {
    const given = new URLSearchParams();
    for (const name of ["town", "street", "transformer", "feeder", "kind", "everybody"]) {
      const field = form.elements[name];
      if (field && (field.type !== "checkbox" || field.checked)) given.set(name, field.value);
    }
    const answer = await fetch(`${form.dataset.audience}?${given}`, { headers: { "X-Gaisma-Poll": "1" } });
    if (!answer.ok) return;
    const found = await answer.json();
    readers = found.sms;
    reach.textContent = found.told;
    reach.classList.toggle("bad", Boolean(found.wrong));
    tellPrice();
  }

  function tellPrice() {
    if (!price) return;
    const all = Object.keys(parts).reduce((sum, name) => sum + parts[name] * (readers[name] ?? 0), 0);
    const euros = money.format(all * Number(form.dataset.cents) / 100);
    price.textContent = all ? fill(price.dataset.text, { segments: all, euros }) : "";
  }

  function later(work) {
    let timer = 0;
    return () => { clearTimeout(timer); timer = setTimeout(work, LATER); };
  }

  const measureLater = later(measure), countLater = later(count);
  form.addEventListener("input", (event) => {
    if (event.target.matches("textarea")) measureLater();
    else if (form.dataset.audience) countLater();
  });
  measure();
  if (form.dataset.audience) count();
})();
