// The console: pieces of pages that keep themselves up to date, keys for hands that stay on the
// keyboard, and a question before what cannot be undone. Nothing here makes markup of its own.
(() => {
  "use strict";

  const FAST = 2500, HIDDEN = 20000, LOST = 5000; // milliseconds between questions
  const STEP = 120; // pixels that a key goes through a text
  const body = document.body;
  const trouble = document.getElementById("trouble");
  const isTyping = (place) => place.closest("input, textarea, select, [contenteditable]") !== null;

  function say(sentence) {
    if (trouble.textContent !== sentence) trouble.textContent = sentence;
  }

  // --- pieces that ask for themselves: data-live="address", data-version="what they show" ---

  async function refresh(piece) {
    const address = new URL(piece.dataset.live, location.href);
    address.searchParams.set("after", piece.dataset.version ?? "");
    const answer = await fetch(address, { headers: { "X-Gaisma-Poll": "1" } });
    if (answer.status === 401) { say(body.dataset.out); return false; }
    if (answer.status === 204) return true;
    if (!answer.ok) throw new Error(String(answer.status));
    const version = answer.headers.get("X-Gaisma-Version") ?? "";
    if (answer.headers.get("Content-Type")?.startsWith("application/json")) {
      // Without a version the whole piece comes next.
      piece.dataset.version = patch(piece, await answer.json()) ? version : "";
    } else {
      const markup = await answer.text();
      piece.dataset.version = version;
      replace(piece, markup);
    }
    return true;
  }

  const made = (markup) => {
    const template = document.createElement("template");
    template.innerHTML = markup;
    return template.content.firstElementChild;
  };

  // What has changed of a list: parts around it by name, rows by id, and the order of all rows.
  // False when it is another list than the one here.
  function patch(piece, { parts, rows, order }) {
    const list = piece.querySelector("[data-rows]"), active = document.activeElement;
    const here = new Map([...list.children].map((row) => [row.dataset.row, row]));
    const wanted = order ?? [...here.keys()];
    if (!wanted.every((id) => id in rows || here.has(id))) return false;
    for (const [name, markup] of Object.entries(parts)) {
      const part = piece.querySelector(`[data-part="${name}"]`);
      const focused = part.contains(active) && active.id;
      part.innerHTML = markup;
      if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    }
    for (const [id, markup] of Object.entries(rows)) {
      const old = here.get(id), row = made(markup);
      here.set(id, row);
      if (!old) continue;
      const focused = old.contains(active);
      row.classList.toggle("selected", old.classList.contains("selected"));
      old.replaceWith(row);
      if (focused) row.querySelector("a")?.focus({ preventScroll: true });
    }
    const stay = new Set(wanted);
    [...list.children].forEach((row) => stay.has(row.dataset.row) || row.remove());
    wanted.forEach((id, at) => {
      const row = here.get(id);
      if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
    });
    list.hidden = !wanted.length;
    piece.dispatchEvent(new CustomEvent("gaisma:fresh", { bubbles: true }));
    return true;
  }

  // What is selected, focused and scrolled stays so; what is typed stands outside of live pieces.
  function replace(piece, markup) {
    const active = document.activeElement;
    const focused = piece.contains(active) && active.id;
    const selected = piece.querySelector("[data-row].selected")?.dataset.row;
    const atEnd = piece.scrollHeight - piece.scrollTop - piece.clientHeight < 40;
    piece.innerHTML = markup;
    if (selected) select(piece.querySelector(`[data-row="${CSS.escape(selected)}"]`), false);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    if (piece.hasAttribute("data-stick") && atEnd) piece.scrollTop = piece.scrollHeight;
    piece.dispatchEvent(new CustomEvent("gaisma:fresh", { bubbles: true }));
  }

  function keepFresh(piece) {
    let timer = 0;
    const again = async () => {
      clearTimeout(timer);
      let signedIn = true;
      try {
        signedIn = await refresh(piece);
        if (signedIn && trouble.textContent === body.dataset.lost) say("");
        timer = setTimeout(again, document.hidden ? HIDDEN : Number(piece.dataset.every ?? FAST));
      } catch {
        say(body.dataset.lost);
        timer = setTimeout(again, LOST);
      }
      if (!signedIn) clearTimeout(timer);
    };
    document.addEventListener("visibilitychange", () => document.hidden || again());
    timer = setTimeout(again, Number(piece.dataset.every ?? FAST));
    piece.addEventListener("gaisma:ask", again);
    if (piece.hasAttribute("data-stick")) piece.scrollTop = piece.scrollHeight;
  }
  document.querySelectorAll("[data-live]").forEach(keepFresh);

  // In a menu that is wider than the screen, where one is stands in sight.
  document.querySelectorAll("nav [aria-current]").forEach((one) => {
    one.scrollIntoView({ block: "nearest", inline: "center" });
  });

  // A menu, a picture or a table that goes on beyond an edge fades out there.
  document.querySelectorAll(".sections, .tabs, .chart-frame, .table-frame").forEach((menu) => {
    const look = () => {
      const left = menu.scrollLeft, right = menu.scrollWidth - menu.clientWidth - left;
      menu.classList.toggle("fades", left > 4 || right > 4);
      menu.classList.toggle("more-before", left > 4);
      menu.classList.toggle("more-after", right > 4);
    };
    menu.addEventListener("scroll", look, { passive: true });
    new ResizeObserver(look).observe(menu);  // also when the figures below a chart are opened
  });

  // --- rows: j and k go through them, Enter opens, data-row="id" ----------------------------

  const rows = () => [...document.querySelectorAll("[data-row]")];

  function select(row, scroll = true) {
    if (!row) return;
    document.querySelectorAll("[data-row].selected").forEach((old) => old.classList.remove("selected"));
    row.classList.add("selected");
    if (scroll) {
      row.scrollIntoView({ block: "nearest" });
      row.querySelector("a")?.focus({ preventScroll: true });
    }
  }

  function step(by) {
    const all = rows();
    if (!all.length) { scroll(by); return; }
    const at = all.findIndex((row) => row.classList.contains("selected"));
    select(all[Math.min(all.length - 1, Math.max(0, at < 0 ? 0 : at + by))]);
  }

  // Where there are no rows, they go through what is read: data-scroll.
  function scroll(by) {
    const piece = document.querySelector("[data-scroll]");
    if (!piece) return;
    const within = piece.scrollHeight > piece.clientHeight ? piece : document.scrollingElement;
    within.scrollBy({ top: by * STEP });
  }

  // --- keys: those of the page stand in its markup as data-key="r" ---------------------------

  function press(key) {
    const place = document.querySelector(`[data-key="${CSS.escape(key)}"]:not([disabled])`);
    if (!place) return false;
    if (place.matches("input, textarea, select")) place.focus();
    else place.click();
    return true;
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && isTyping(event.target) && !event.defaultPrevented) {
      event.target.blur();
      return;
    }
    if (isTyping(event.target) || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "j") step(1);
    else if (event.key === "k") step(-1);
    else if (event.key === "?") document.getElementById("keys")?.showModal();
    else if (!press(event.key)) return;
    event.preventDefault();
  });

  // --- what cannot be undone asks first: data-confirm="the question" -------------------------

  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !confirm(question)) { event.preventDefault(); return; }
    // A second press while the first is under way sends nothing twice.
    if (event.target.method === "post") {
      setTimeout(() => event.submitter?.setAttribute("disabled", ""), 0);
    }
  });
  addEventListener("pageshow", () => {
    document.querySelectorAll("button[disabled]:not([data-off])").forEach((one) => one.removeAttribute("disabled"));
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens]");
    if (opener) document.getElementById(opener.dataset.opens)?.showModal();
  });
  document.addEventListener("change", (event) => {
    if (event.target.hasAttribute("data-submit")) event.target.form.requestSubmit();
  });
})();
