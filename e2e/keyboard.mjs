// What a person does without a pointer: skip link, palette, shortcuts, rows, sorting, menus, dialogs that give focus back.
import { walkWithPage } from "./browser.mjs";
const LIST = "/portfolio";

const focused = (page) => page.evaluate(() => {
  const node = document.activeElement;
  return { tag: node?.tagName ?? "", id: node?.id ?? "", cls: node?.className ?? "", href: node?.getAttribute?.("href") ?? "" };
});

const PATHS = {
  async "the first Tab reaches the skip link, which leads to the content"(page, expect) {
    await page.keyboard.press("Tab");
    const skip = await focused(page);
    expect(skip.href === "#main", `the first Tab reached ${JSON.stringify(skip)}`);
    await page.keyboard.press("Enter");
    expect((await focused(page)).id === "main", "Enter did not move to the content");
  },

  async "Ctrl-K opens the palette, it finds an account, Esc gives focus back"(page, expect) {
    const link = page.locator("main a[href]").first();
    await link.focus();
    const before = await focused(page);
    await page.keyboard.press("Control+k");
    await page.locator("dialog#palette[open]").waitFor();
    const name = (await page.locator("tbody tr a").first().innerText()).trim();
    await page.keyboard.type(name.slice(0, 6).toLowerCase());
    await page.locator("#palette-list [role=option]").first().waitFor();
    await page.keyboard.press("Escape");
    if (await page.locator("dialog#palette[open]").count()) await page.keyboard.press("Escape");
    expect((await page.locator("dialog#palette[open]").count()) === 0, "Esc did not close it");
    const after = await focused(page);
    expect(after.href === before.href, `focus went to ${JSON.stringify(after)}`);
  },

  async "Enter in the palette opens what was found"(page, expect) {
    const name = (await page.locator("tbody tr a").first().innerText()).trim();
    await page.keyboard.press("Control+k");
    await page.locator("dialog#palette[open]").waitFor();
    await page.keyboard.type(name);
    await page.locator("#palette-list [role=option]").first().waitFor();
    await Promise.all([page.waitForURL((url) => url.pathname !== LIST), page.keyboard.press("Enter")]);
    expect((await page.locator("h1").innerText()).length > 0, "the page has no heading");
  },

  async "? shows the shortcuts, Esc closes them and gives focus back"(page, expect) {
    const link = page.locator("main a[href]").first();
    await link.focus();
    const before = await focused(page);
    await page.keyboard.press("?");
    await page.locator("dialog#shortcuts[open]").waitFor();
    await page.keyboard.press("Escape");
    expect((await page.locator("dialog[open]").count()) === 0, "Esc did not close it");
    expect((await focused(page)).href === before.href, "focus did not come back");
  },

  async "a sortable head is sorted by Enter and says so"(page, expect) {
    const head = page.locator("th[scope=col]:not([aria-sort]) > a").first();
    const text = (await head.innerText()).trim();
    await head.focus();
    await Promise.all([page.waitForURL(/sort=/), page.keyboard.press("Enter")]);
    const sorted = page.locator("th[aria-sort]");
    await sorted.first().waitFor();
    expect((await sorted.first().innerText()).trim().startsWith(text), `sorted by ${await sorted.first().innerText()}, not ${text}`);
  },

  async "j and k move over rows, Enter opens one"(page, expect) {
    await page.keyboard.press("j");
    const first = await focused(page);
    expect(first.tag === "TR", `j reached ${JSON.stringify(first)}`);
    await page.keyboard.press("j");
    await page.keyboard.press("k");
    await Promise.all([page.waitForURL((url) => url.pathname !== LIST), page.keyboard.press("Enter")]);
    expect((await page.locator("h1").count()) === 1, "no page was opened");
  },

  async "g and then a letter goes to a room"(page, expect) {
    const room = page.locator("nav.side a[data-shortcut]").first();
    const [key, href] = [await room.getAttribute("data-shortcut"), await room.getAttribute("href")];
    await page.goto("/settings/me");
    await page.keyboard.press("g");
    await page.keyboard.press(key);
    await page.waitForURL((url) => url.pathname === new URL(href, page.url()).pathname);
    expect(true, "");
  },

  async "a menu opens by Enter, moves by arrows, closes by Esc"(page, expect) {
    const summary = page.locator("main details[data-menu] > summary").first();
    await summary.focus();
    await page.keyboard.press("Enter");
    await page.locator("main details[data-menu][open]").first().waitFor();
    await page.keyboard.press("ArrowDown");
    const inside = await page.evaluate(() => document.activeElement?.closest("details[open] .panel") !== null);
    expect(inside, "the arrow did not enter the menu");
    await page.keyboard.press("Escape");
    expect((await page.locator("main details[data-menu][open]").count()) === 0, "Esc did not close it");
    expect((await focused(page)).tag === "SUMMARY", "focus did not come back");
  },

  async "on a phone the menu opens by Enter, holds every room and closes by Esc"(page, expect) {
    await page.setViewportSize({ width: 390, height: 844 });
    const rooms = await page.locator("nav.side ul a").evaluateAll((nodes) => nodes.map((node) => node.getAttribute("href")));
    const menu = page.locator("nav.bnav details.all");
    await menu.locator("summary").focus();
    await page.keyboard.press("Enter");
    await page.locator("nav.bnav details.all[open]").waitFor();
    const shown = await menu.locator("ul a:visible").evaluateAll((nodes) => nodes.map((node) => node.getAttribute("href")));
    expect(rooms.length > 5 && rooms.every((room) => shown.includes(room)), `${shown.length} of ${rooms.length} rooms`);
    const box = await menu.locator(".panel").boundingBox();
    expect(box !== null && box.x >= 0 && box.y >= 0 && box.x + box.width <= 390, `the menu lies at ${JSON.stringify(box)}`);
    await page.keyboard.press("Escape");
    expect((await page.locator("nav.bnav details.all[open]").count()) === 0, "Esc did not close it");
    expect((await focused(page)).tag === "SUMMARY", "focus did not come back");
  },

  async "a record is found while typing, chosen by arrow and Enter, and goes out as its id"(page, expect) {
    const name = (await page.locator("tbody tr a").first().innerText()).trim();
    await page.goto("/people/new");
    const field = page.locator("#f-account");
    await field.focus();
    await page.keyboard.type(name.slice(0, 5).toLowerCase());
    await page.locator("ul.records [role=option]").first().waitFor();
    expect((await field.getAttribute("aria-expanded")) === "true", "the field does not say that it is open");
    await page.keyboard.press("Escape");
    expect((await page.locator("ul.records:visible").count()) === 0, "Esc did not close the list");
    await page.keyboard.press("ArrowDown");
    await page.locator("ul.records [role=option][aria-selected=true]").waitFor();
    expect((await field.getAttribute("aria-activedescendant")) !== null, "the chosen one is not told");
    const chosen = await page.locator("ul.records [aria-selected=true]").evaluate((node) => node.firstChild.textContent);
    await page.keyboard.press("Enter");
    expect(new URL(page.url()).pathname === "/people/new", "Enter sent the form");
    expect((await field.inputValue()) === chosen, `the field holds ${await field.inputValue()}, not ${chosen}`);
    const sent = await page.locator("main form").evaluate((form) => new FormData(form).getAll("account"));
    expect(sent.length === 1 && /^[0-9a-z]{26}$/i.test(sent[0]), `the form would send ${JSON.stringify(sent)}`);
    await page.keyboard.press("Backspace");
    const typed = await page.locator("main form").evaluate((form) => new FormData(form).getAll("account"));
    expect(typed.length === 1 && typed[0] === chosen.slice(0, -1), `typing on would send ${JSON.stringify(typed)}`);
  },

  async "single keys do nothing while one types"(page, expect) {
    await page.keyboard.press("Control+k");
    await page.locator("dialog#palette[open]").waitFor();
    await page.keyboard.type("g?j");
    expect((await page.locator("dialog#shortcuts[open]").count()) === 0, "? acted in a field");
    expect((await page.locator("#palette input").inputValue()) === "g?j", "a letter was swallowed");
  },
};

export async function checkKeyboard({ browser, report }) {
  for (const [name, walk] of Object.entries(PATHS)) {
    const problems = await walkWithPage(browser, name, async (page, expect) => {
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(LIST, { waitUntil: "load" });
      await walk(page, expect);
    });
    report.judge(`keyboard: ${name}`, problems);
  }
}
