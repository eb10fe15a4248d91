// Light and dark. The choice is a cookie, so that the server writes data-theme before the first paint.
import { on } from "./dom";

export function shownTheme(): "light" | "dark" {
  const chosen = document.documentElement.dataset["theme"];
  if (chosen === "light" || chosen === "dark") return chosen;
  return matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
}

function choose(theme: "light" | "dark"): void {
  const root = document.documentElement;
  root.classList.add("switching");
  root.dataset["theme"] = theme;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `theme=${theme}; Path=/; Max-Age=31536000; SameSite=Lax${secure}`;
  dispatchEvent(new CustomEvent("mandate:theme"));
  setTimeout(() => root.classList.remove("switching"), 50);
}

export function startTheme(): void {
  on("click", "[data-theme-toggle]", () => choose(shownTheme() === "dark" ? "light" : "dark"));
  for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) matchMedia(query).addEventListener("change", () => dispatchEvent(new CustomEvent("mandate:theme")));
}
