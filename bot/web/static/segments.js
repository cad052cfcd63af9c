// Parts of an SMS and letters without their marks, as locales/segments.py and alphabet.py have them.
// The alphabets come from the page: one place says what they are.
window.gaismaSegments = (alphabet) => {
  "use strict";

  const { basic, extension, known = {} } = alphabet;
  const BASIC = new Set(basic), EXTENSION = new Set(extension);
  const isGsm = (text) => [...text].every((c) => BASIC.has(c) || EXTENSION.has(c));

  // Units used in the last part, the room of a part, and the parts.
  function measure(text) {
    const letters = [...text], gsm = isGsm(text);
    const cost = (c) => (gsm ? (EXTENSION.has(c) ? 2 : 1) : c.length);
    const whole = letters.reduce((sum, c) => sum + cost(c), 0);
    const alone = gsm ? 160 : 70, room = gsm ? 153 : 67;
    if (whole <= alone) return { used: whole, room: alone, parts: 1 };
    let used = 0, parts = 1;
    for (const c of letters) {
      if (used + cost(c) > room) { parts += 1; used = 0; }
      used += cost(c);
    }
    return { used, room, parts };
  }

  const LOOSE = /[\u0300-\u036f\u20d0-\u20ff\ufe00-\ufe0f]/g;

  function plainLetter(c) {
    if (isGsm(c)) return c;
    if (c in known) return known[c];
    if (/\s/u.test(c)) return " ";
    const base = [...c.normalize("NFKD").replace(LOOSE, "")].map((part) => known[part] ?? part).join("");
    if (isGsm(base)) return base;
    return /[\p{L}\p{M}\p{N}]/u.test(c) ? c : "";
  }

  // Latin letters without marks; those of other scripts stay, pictures go with the space before.
  function plain(text) {
    let told = "";
    for (const c of text.normalize("NFC")) {
      const letter = plainLetter(c);
      if (!letter && told.endsWith(" ")) told = told.slice(0, -1);
      told += letter;
    }
    return told;
  }

  return { measure, plain, isGsm };
};
