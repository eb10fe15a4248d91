// Recomputes the contrast table of DESIGN section 2 from src/css/tokens.css: WCAG 2 relative luminance, the worst background on
// which a role is allowed. Also: both dark blocks are equal, and no other style sheet holds a raw colour.
// Run by `npm test`.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";

const css = (name) => readFileSync(new URL(`../src/css/${name}`, import.meta.url), "utf8");
const tokens = css("tokens.css");

function block(start) {
  const from = tokens.indexOf(start);
  assert.ok(from >= 0, `tokens.css has no block "${start}"`);
  const body = tokens.slice(tokens.indexOf("{", from) + 1, tokens.indexOf("}", from));
  return Object.fromEntries([...body.matchAll(/--([\w-]+): ([^;]+);/g)].map(([, name, value]) => [name, value]));
}
const themes = { light: block(":root {"), dark: block(':root[data-theme="dark"] {') };

const luminance = (hex) => {
  const [r, g, b] = [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16) / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a, b) => {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
};

// role: [allowed backgrounds, least contrast, worst in light, worst in dark] as printed in DESIGN.
const all = ["surface", "canvas", "sunken", "hover", "raised", "selected", "facts-tint"];
const own = (tint) => ["surface", "canvas", "sunken", "hover", tint];
const table = {
  line: [["surface"], 0, 1.28, 1.29],
  "line-2": [["surface"], 0, 1.58, 1.69],
  control: [["surface", "canvas", "raised"], 3, 3.39, 4.0],
  ink: [all, 4.5, 14.16, 11.79],
  "ink-2": [[...all, "client-tint"], 4.5, 6.97, 7.15],
  "ink-3": [all, 4.5, 4.59, 4.86],
  accent: [["surface", "canvas", "sunken", "hover", "selected"], 4.5, 6.44, 6.96],
  "accent-2": [["surface"], 4.5, 10.1, 10.48],
  "on-accent": [["accent", "accent-2"], 4.5, 7.5, 8.35],
  client: [[...own("client-tint"), "selected"], 4.5, 4.71, 6.3],
  provider: [[...own("provider-tint"), "selected"], 4.5, 4.62, 5.86],
  facts: [own("facts-tint"), 4.5, 11.05, 9.75],
  good: [own("good-tint"), 4.5, 5.63, 7.23],
  watch: [own("watch-tint"), 4.5, 6.37, 7.99],
  risk: [own("risk-tint"), 4.5, 5.79, 6.95],
  none: [own("none-tint"), 4.5, 5.68, 6.07],
  focus: [["surface", "canvas", "sunken", "hover", "selected"], 3, 6.44, 8.5],
};

for (const [idx, theme] of ["light", "dark"].entries()) {
  for (const [role, [grounds, least, ...printed]] of Object.entries(table)) {
    test(`${role} on its backgrounds, ${theme}`, () => {
      const worst = Math.min(...grounds.map((ground) => contrast(themes[theme][role], themes[theme][ground])));
      assert.ok(worst >= least, `${worst.toFixed(2)} is under ${least}`);
      assert.equal(Math.floor(worst * 100 + 1e-9) / 100, printed[idx], "the value printed in DESIGN section 2, rounded down");
    });
  }
}

test("the dark theme is the same by choice and by system", () => {
  assert.deepEqual(block(':root:not([data-theme="light"]) {'), themes.dark);
});

test("both themes define the same roles", () => {
  assert.deepEqual(Object.keys(themes.dark).sort(), Object.keys(themes.light).sort());
});

test("raw colours stand in tokens.css only", () => {
  for (const name of readdirSync(new URL("../src/css/", import.meta.url)).filter((file) => file !== "tokens.css")) {
    const found = css(name).replace(/\/\*.*?\*\//gs, "").match(/#[0-9a-f]{3,8}\b(?=[;\s,)])|\b(rgb|hsl|oklch)a?\(/gi);
    assert.equal(found, null, `${name}: ${found}`);
  }
});
