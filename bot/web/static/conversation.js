// The page of one conversation: what an answer costs, ready answers picked by "/", drafts that
// survive, and details that stay open while the timeline renews itself.
(() => {
  "use strict";

  const byId = (id) => document.getElementById(id);
  const EDGE = 8; // pixels between that line and the first text
  const box = byId("answer"), thread = byId("thread"), picker = byId("picker");

  // --- the timeline: what was opened stays open ----------------------------------------------

  const opened = new Set();
  thread.addEventListener("toggle", (event) => {
    const { id, open } = event.target;
    if (id) opened[open ? "add" : "delete"](id);
  }, true);
  thread.addEventListener("gaisma:fresh", () => {
    opened.forEach((id) => { const one = byId(id); if (one) one.open = true; });
    // Who has typed nothing yet answers to what stands here now; a begun answer keeps what it knew.
    const seen = byId("seen");
    if (seen && !box.value.trim()) seen.value = byId("state")?.dataset.last ?? seen.value;
  });

  // On a phone the page scrolls, not the timeline: it opens where the talk is.
  if (matchMedia("(max-width: 62rem)").matches && !location.hash) {
    const lines = [...thread.querySelectorAll(".lines > *")], edge = byId("state");
    lines.at(-1)?.scrollIntoView({ block: "center", behavior: "instant" });
    // What stands half under the line of its state is shown whole.
    const under = edge?.offsetHeight ?? 0;
    const cut = lines.find((line) => line.getBoundingClientRect().bottom > under);
    const hidden = under - (cut?.getBoundingClientRect().top ?? under);
    if (hidden > 0) document.scrollingElement.scrollBy({ top: -hidden - EDGE, behavior: "instant" });
  }

  // --- menus: the first field gets the focus, a click elsewhere and Escape close them ---------

  const menus = () => [...document.querySelectorAll("details.menu")];
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.("details.menu[open]")) return;
    shut(menu);
    menu.querySelector("select, .menu-body button")?.focus();
  }, true);
  const shut = (but) => menus().forEach((menu) => { if (menu !== but) menu.open = false; });
  document.addEventListener("click", (event) => shut(event.target.closest("details.menu")));
  document.addEventListener("keydown", (event) => {
    const menu = event.key === "Escape" && event.target.closest("details.menu");
    if (menu) { menu.open = false; menu.querySelector("summary").focus(); event.preventDefault(); }
  }, true);

  // --- acts: done without leaving the page, so that nothing typed is lost ----------------------

  const PIECES = ["#thread", "#card", ".talk-acts", ".side-acts"];
  const trouble = byId("trouble");

  function renew(page, form) {
    for (const name of PIECES) {
      const here = document.querySelector(name), fresh = page.querySelector(name);
      if (!here || !fresh) continue;
      const typed = [...here.querySelectorAll("textarea")].some((one) => one.value.trim());
      if (typed && !here.contains(form)) continue;
      const atEnd = here.scrollHeight - here.scrollTop - here.clientHeight < 40;
      here.innerHTML = fresh.innerHTML;
      if (fresh.dataset.version) here.dataset.version = fresh.dataset.version;
      if (here.hasAttribute("data-stick") && atEnd) here.scrollTop = here.scrollHeight;
    }
    document.querySelectorAll("main > .told, .told-here").forEach((old) => old.remove());
    document.getElementById("main").prepend(...page.querySelectorAll("main > .told"));
    document.querySelector(".write")?.prepend(...page.querySelectorAll(".told-here"));
    thread.dispatchEvent(new CustomEvent("gaisma:fresh", { bubbles: true }));
  }

  async function act(form) {
    const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    // Another page comes after it (the conversation was closed), or one to sign in.
    const isHere = new URL(answer.url).pathname.startsWith(location.pathname);
    if (!isHere) { location.assign(answer.url); return; }
    if (!page.getElementById("thread")) throw new Error(String(answer.status));
    renew(page, form);
  }

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post" || form.id === "say") return;
    if (!form.closest(PIECES.join(", "))) return;
    event.preventDefault();
    act(form).catch(() => {
      trouble.textContent = document.body.dataset.lost;
      form.querySelectorAll("button[disabled]").forEach((one) => one.removeAttribute("disabled"));
    });
  });

  if (!box) return;

  // --- what it costs --------------------------------------------------------------------------

  const words = JSON.parse(box.dataset.counting);
  const { measure, plain } = gaismaSegments(words);
  const counter = byId("counter"), shorter = byId("plain");
  const money = new Intl.NumberFormat(document.documentElement.lang, { style: "currency", currency: "EUR" });
  const fill = (template, values) =>
    template.replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
  const price = (parts) => money.format((parts * words.cents) / 100);

  function count() {
    const text = box.value.trim();
    const now = measure(text), bare = plain(text), then = measure(bare);
    counter.textContent = text
      ? fill(words.texts.line, { parts: now.parts, price: price(now.parts), left: now.room - now.used })
      : words.texts.none;
    counter.toggleAttribute("data-idle", !text);
    shorter.hidden = !text || then.parts >= now.parts;
    shorter.textContent = fill(words.texts.plain, { parts: then.parts, price: price(then.parts) });
  }

  shorter.addEventListener("click", () => put(plain(box.value)));

  // --- the draft ------------------------------------------------------------------------------

  const KEY = `gaisma-draft-${box.form.dataset.draft}`;
  function keep() {
    if (box.value) sessionStorage.setItem(KEY, box.value);
    else sessionStorage.removeItem(KEY);
  }
  if (location.hash === "#answer") { // it was sent
    sessionStorage.removeItem(KEY);
    history.replaceState(null, "", location.pathname + location.search);
  } else if (!box.value && !box.disabled) {
    box.value = sessionStorage.getItem(KEY) ?? "";
  }

  function put(text) {
    box.value = text;
    toBlank();
    changed();
  }

  // The first blank is chosen, so that typing fills it in.
  function toBlank() {
    const blank = box.value.indexOf(words.blank);
    box.focus();
    if (blank >= 0) box.setSelectionRange(blank, blank + words.blank.length);
  }

  function changed() {
    count();
    keep();
  }

  document.querySelectorAll("[data-put]").forEach((one) =>
    one.addEventListener("click", () => put(one.dataset.put)));

  // --- ready answers --------------------------------------------------------------------------

  const ready = JSON.parse(box.dataset.ready);
  // The last list of marks that fold away: what is typed without them finds what has them.
  const fold = (text) => text.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
  const folded = ready.map((one) => fold(`${one.title} ${one.topic} ${one.text}`));
  // Where the "/" stands that was put aside by Escape: it is a letter like others from then on.
  let at = 0, aside = -1;

  // The "/" before the caret that begins a word, and the words sought behind it; null without one.
  function asked() {
    const before = box.value.slice(0, box.selectionStart);
    // The last such "/": what an earlier one began is done.
    const found = /^(?:[\s\S]*\s)?\/(\S[^\n]*)?$/.exec(before);
    if (!found) { aside = -1; return null; }
    const sought = found[1] ?? "", from = before.length - sought.length - 1;
    return from === aside ? null : { from, words: fold(sought).split(/\s+/).filter(Boolean) };
  }

  function offer() {
    const wanted = asked();
    const found = wanted === null ? []
      : ready.filter((_, n) => wanted.words.every((word) => folded[n].includes(word)));
    // Whose words no answer has is writing on: Enter makes a line again.
    picker.hidden = !found.length;
    box.removeAttribute("aria-activedescendant");
    at = 0;
    let topic = "";
    picker.replaceChildren(...found.map((one, n) => {
      const option = document.createElement("div");
      option.id = `ready-${n}`;
      option.className = "option";
      option.setAttribute("role", "option");
      option.dataset.text = one.text;
      const title = document.createElement("b"), text = document.createElement("span");
      title.textContent = one.topic === topic ? one.title : `${one.topic}: ${one.title}`;
      topic = one.topic;
      text.textContent = one.text;
      option.append(title, text);
      return option;
    }));
    point(0);
  }

  function point(by) {
    const all = [...picker.children];
    if (!all.length) return;
    at = (at + by + all.length) % all.length;
    all.forEach((one, n) => one.setAttribute("aria-selected", String(n === at)));
    all[at].scrollIntoView({ block: "nearest" });
    box.setAttribute("aria-activedescendant", all[at].id);
  }

  function pick(option) {
    const wanted = asked();
    if (!option || !wanted) return;
    picker.hidden = true;
    const end = box.selectionStart, rest = box.value.slice(end);
    box.setRangeText(option.dataset.text, wanted.from, end, "end");
    if (rest && !/^\s/.test(rest)) box.setRangeText(" ", box.selectionStart, box.selectionStart, "end");
    toBlank();
    changed();
  }

  function putAside() {
    picker.hidden = true;
    if (box.value === "/") put("");
    else aside = asked()?.from ?? -1;
  }

  picker.addEventListener("mousedown", (event) => event.preventDefault());
  picker.addEventListener("click", (event) => pick(event.target.closest(".option")));
  byId("pick").addEventListener("click", () => {
    box.focus();
    const before = box.value.slice(0, box.selectionStart);
    aside = -1;
    if (!/(?:^|\s)\/$/.test(before)) {
      const slash = /(?:^|\s)$/.test(before) ? "/" : " /";
      box.setRangeText(slash, box.selectionStart, box.selectionEnd, "end");
    }
    changed();
    offer();
  });

  box.addEventListener("input", () => { changed(); offer(); });
  box.addEventListener("keydown", (event) => {
    if (event.isComposing) return;
    if (!picker.hidden) {
      if (event.key === "ArrowDown" || event.key === "ArrowUp") point(event.key === "ArrowDown" ? 1 : -1);
      else if (event.key === "Enter" || event.key === "Tab") pick(picker.children[at]);
      else if (event.key === "Escape") putAside();
      else return;
      event.preventDefault();
    } else if (event.key === "Escape") {
      // Back to the keys: j and k go through the timeline, e, b, n, u act.
      event.preventDefault();
      thread.focus({ preventScroll: true });
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      box.form.requestSubmit(box.form.querySelector(".btn-primary, .btn-warning"));
    }
  });

  count();
  if (box.value) box.focus();
})();
