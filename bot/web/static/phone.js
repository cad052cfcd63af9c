// The simulated phones: texts of one phone and the list of all, asked for again and again.
// Everything that people wrote is put into the page as text, never as markup.
(() => {
  "use strict";

  const words = JSON.parse(document.body.dataset.words);
  const device = document.querySelector(".device");
  const number = device?.dataset.phone;
  const base = `/phone/${number}`;
  const byId = (id) => document.getElementById(id);
  const FAST = 1200, SLOW = 4000, HIDDEN = 15000, LOST = 5000; // milliseconds between questions

  const fill = (template, values) =>
    template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);

  function make(tag, className, text) {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  }

  function icon(name) {
    const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
    use.setAttribute("href", `#i-${name}`);
    svg.setAttribute("class", "icon tick");
    svg.setAttribute("aria-hidden", "true");
    svg.append(use);
    return svg;
  }

  // Asks again after each answer; slower while nobody looks, and when the service is away.
  function poll(ask, pause) {
    let timer = 0;
    const again = async () => {
      clearTimeout(timer);
      const came = await ask().then(() => true, () => false);
      trouble(came ? "" : words.texts.lost, "lost");
      timer = setTimeout(again, !came ? LOST : document.hidden ? HIDDEN : pause);
    };
    document.addEventListener("visibilitychange", () => document.hidden || again());
    again();
  }

  // One line for what is wrong: "refused" stays until the next text, "lost" until it is found.
  let kindOfTrouble = "";
  function trouble(sentence, kind) {
    const line = byId("trouble");
    if (!line || (!sentence && kindOfTrouble !== kind)) return;
    kindOfTrouble = sentence ? kind : "";
    if (line.textContent !== sentence) line.textContent = sentence;
  }

  // --- parts of an SMS ---------------------------------------------------------------------

  const { measure } = gaismaSegments(words);

  // --- the texts of this phone -------------------------------------------------------------

  let version = "";

  async function askTexts() {
    const answer = await fetch(`${base}/messages?after=${version}`);
    if (answer.status === 204) return;
    if (!answer.ok) throw new Error(String(answer.status));
    show(await answer.json());
    askCard();
  }

  async function askCard() {
    const answer = await fetch(`${base}/card`);
    if (!answer.ok) return;
    const pieces = await answer.text();
    replace("card", pieces);
    replace("hints", pieces);
  }

  // A piece of the page, made by the service; the focus stays where it was.
  function replace(id, html) {
    const fresh = new DOMParser().parseFromString(html, "text/html").getElementById(id);
    const old = byId(id), focused = old.contains(document.activeElement) && document.activeElement;
    if (!fresh || fresh.innerHTML === old.innerHTML) return;
    old.replaceWith(fresh);
    if (!focused) return;
    const attribute = focused.dataset.phone ? "data-phone" : "data-fill";
    fresh.querySelector(`[${attribute}="${CSS.escape(focused.getAttribute(attribute))}"]`)?.focus();
  }

  function show(told) {
    version = told.version;
    const log = byId("texts");
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    log.querySelector(".pending")?.remove();
    log.querySelector(".empty")?.remove();
    let grown = false, before = null;
    for (const text of told.texts) {
      const old = log.querySelector(`[data-id="${CSS.escape(text.id)}"]`);
      if (old) mark(old, text);
      else {
        if (before?.day !== text.day && !hasDay(log, text.day)) log.append(make("p", "day", text.day));
        log.append(bubble(text));
        grown = true;
      }
      before = text;
    }
    if (!told.texts.length) log.append(make("p", "empty", words.texts.empty));
    if (grown && atEnd) log.scrollTop = log.scrollHeight;
    if (before) see(number, before.at);
  }

  const hasDay = (log, day) => [...log.querySelectorAll(".day")].some((p) => p.textContent === day);

  function bubble(text) {
    const made = make("article", `bubble ${text.mine ? "mine" : "theirs"} from-${text.from}`);
    made.dataset.id = text.id;
    const kind = words.texts[`kind.${text.from}`];
    if (kind) made.append(make("span", "kind", kind));
    const body = make("p", "body", text.text);
    body.dir = "auto";
    const foot = make("span", "foot");
    const time = make("time", "", text.time);
    time.dateTime = text.at;
    foot.append(...(text.segments > 1 ? [make("span", "", `${text.segments} SMS`)] : []), time);
    made.append(body, foot);
    mark(made, text);
    return made;
  }

  const TICKS = { accepted: "tick-1", sent: "tick-2", delivered: "tick-2", failed: "tick-no" };

  // How far a text of the service has come.
  function mark(made, text) {
    if (text.mine || made.dataset.status === text.status) return;
    made.dataset.status = text.status;
    const mean = fill(words.texts[`status.${text.status}`] ?? text.status, { code: text.code });
    const ticks = make("span", `ticks ${text.status}`);
    ticks.title = mean.trim();
    ticks.append(icon(TICKS[text.status] ?? "tick-1"), make("span", "hidden", mean));
    made.querySelector(".ticks")?.remove();
    made.querySelector(".foot").append(ticks);
  }

  function pending() {
    const made = make("p", "bubble theirs pending");
    made.setAttribute("aria-hidden", "true");
    made.append(make("i"), make("i"), make("i"));
    return made;
  }

  // --- writing -----------------------------------------------------------------------------

  const box = byId("text");
  let sending = Promise.resolve();

  function measured() {
    const count = measure(box.value);
    byId("count").textContent = box.value ? fill(words.texts.count, count) : "";
    byId("count").classList.toggle("several", count.parts > 1);
    box.rows = 1;
    while (box.scrollHeight > box.clientHeight + 2 && box.rows < 5) box.rows += 1;
  }

  function submit() {
    const text = box.value;
    if (!text.trim()) return;
    box.value = "";
    measured();
    trouble("", "refused");
    const id = crypto.randomUUID?.() ?? randomId();
    // One after another, so that they arrive in the order they were written.
    sending = sending.then(() => send(id, text)).catch(() => giveBack(text));
  }

  // Without https (and not on this machine) browsers have no randomUUID.
  function randomId() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  }

  async function send(id, text) {
    const log = byId("texts");
    const waits = setTimeout(() => { log.append(pending()); log.scrollTop = log.scrollHeight; }, 150);
    try {
      const answer = await fetch(`${base}/send`, {
        method: "POST",
        headers: { "Content-Type": "application/json", "X-Gaisma-Phone": "1" },
        body: JSON.stringify({ id, text }),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      log.scrollTop = log.scrollHeight;
      show(await answer.json());
      askCard();
    } finally {
      clearTimeout(waits);
      log.querySelector(".pending")?.remove();
    }
  }

  function giveBack(text) {
    trouble(words.texts.refused, "refused");
    if (!box.value) box.value = text;
    measured();
  }

  function write(text) {
    const joins = box.value && /^\d+$/.test(text);
    box.value = joins ? `${box.value.trimEnd()} ${text}` : text;
    byId("about").classList.remove("open");
    showHints(false);
    box.focus();
    measured();
  }

  // All examples under each other, or one line of them.
  function showHints(open) {
    const examples = byId("examples"), log = byId("texts");
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 80;
    examples.classList.toggle("open", open);
    const opened = String(examples.classList.contains("open"));
    examples.querySelector(".all-hints").setAttribute("aria-expanded", opened);
    if (atEnd) log.scrollTop = log.scrollHeight;
  }

  // --- the list ----------------------------------------------------------------------------

  const search = byId("search"), people = byId("people");
  const KEY = "gaisma-phones-seen";
  const seen = JSON.parse(localStorage.getItem(KEY) ?? "null") ?? { from: new Date().toISOString() };

  function see(phone, at) {
    if (seen[phone] === at) return;
    seen[phone] = at;
    localStorage.setItem(KEY, JSON.stringify(seen));
    markUnread();
  }

  // What came before this browser's first visit counts as seen.
  function markUnread() {
    for (const link of people.querySelectorAll("a[data-at]")) {
      const { phone, at, mine } = link.dataset;
      const unread = at > (seen[phone] ?? seen.from) && mine === undefined && phone !== number;
      link.classList.toggle("unread", unread);
      link.querySelector(".dot").hidden = !unread;
    }
  }

  async function askList(after) {
    const query = new URLSearchParams({ q: search.value, after, open: number ?? "" });
    const answer = await fetch(`/phone/list?${query}`);
    if (answer.status === 204) return;
    if (!answer.ok) throw new Error(String(answer.status));
    replace("list", await answer.text());
    markUnread();
  }

  function start() {
    let typed = 0;
    search.addEventListener("input", () => {
      clearTimeout(typed);
      typed = setTimeout(() => askList("").catch(() => {}), 120);
    });
    search.form.addEventListener("submit", (event) => event.preventDefault());
    people.scrollTop = Number(sessionStorage.getItem("gaisma-phones-scroll") ?? 0);
    people.querySelector("[aria-current]")?.scrollIntoView({ block: "nearest" });
    people.addEventListener("click", () => sessionStorage.setItem("gaisma-phones-scroll", people.scrollTop));
    localStorage.setItem(KEY, JSON.stringify(seen));
    markUnread();
    poll(() => askList(byId("list").dataset.version), SLOW);
    if (device) startPhone();
  }

  function startPhone() {
    document.addEventListener("click", (event) => {
      const button = event.target.closest(".fill");
      if (button) write(button.dataset.fill);
    });
    device.addEventListener("wheel", (event) => {
      const hints = event.target.closest(".hints"); // a mouse has no sideways wheel
      if (hints) hints.scrollLeft += event.deltaY;
    }, { passive: true });
    document.querySelector(".all-hints").addEventListener("click", () => showHints());
    const about = document.querySelector(".about");
    const toggle = (open) => {
      byId("about").classList.toggle("open", open);
      about.setAttribute("aria-expanded", String(byId("about").classList.contains("open")));
    };
    about.addEventListener("click", () => toggle());
    document.querySelector(".close").addEventListener("click", () => { toggle(false); about.focus(); });
    document.addEventListener("keydown", (event) => event.key === "Escape" && toggle(false));
    byId("write").addEventListener("submit", (event) => { event.preventDefault(); submit(); });
    box.addEventListener("input", measured);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      submit();
    });
    if (matchMedia("(min-width: 761px)").matches) box.focus({ preventScroll: true });
    poll(askTexts, FAST);
  }

  start();
})();
