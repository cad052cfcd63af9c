// Before the page is painted: light or dark, as the person chose or as their system says.
(() => {
  "use strict";
  const root = document.documentElement, chosen = root.dataset.theme;
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const paint = () => {
    root.dataset.bsTheme = chosen === "auto" ? (dark.matches ? "dark" : "light") : chosen;
  };
  dark.addEventListener("change", paint);
  paint();
})();
