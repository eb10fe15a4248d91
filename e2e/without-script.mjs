// What must work where no script runs: sign in, open and filter a list, save a view, change a record, find another record by its name,
// check a file to import.
import { open, walkWithPage } from "./browser.mjs";
import { PERSON, fill } from "./sign-in.mjs";

const TEAMS = "external_id,name\nNS-1,Night desk\n";

/** A menu that is a native details. */
const menu = (page, text) => page.locator("main details", { has: page.locator("summary", { hasText: text }) }).first();

const WALKS = {
  async "a list opens, is filtered and its view is saved"(page, expect) {
    await page.goto("/portfolio");
    const rows = page.locator("main tbody tr");
    const all = await rows.count();
    expect(all > 5, `${all} rows`);
    const name = (await rows.first().locator("a").first().innerText()).trim();
    await menu(page, "Filter").locator("summary").click();
    const form = page.locator("main [data-filter-form]");
    await form.locator("select[name=f]").last().selectOption("name");
    await form.locator("select[name=op]").last().selectOption("has");
    await form.locator("input[name=v]").last().fill(name);
    await form.locator("button[type=submit]").click();
    await page.waitForURL(/[?&]f=name/);
    expect((await rows.count()) < all && (await rows.first().innerText()).includes(name), "the filter did not hold");
    await menu(page, "Save view").locator("summary").click();
    await page.locator('main form[action="/views"] [name=name]').fill("Only one");
    await page.locator('main form[action="/views"] button[type=submit]').click();
    await page.waitForURL(/[?&]view=/);
    expect((await page.locator('.views a[aria-current="true"]').innerText()).includes("Only one"), "the view is not current");
    expect((await page.locator("[data-toast]").innerText()).includes("was saved"), "nothing says that it was saved");
  },

  async "a record is changed by its form, another is found by its name"(page, expect) {
    await page.goto("/portfolio");
    const account = (await page.locator("main tbody tr a").first().innerText()).trim();
    await page.goto("/people/new");
    await page.locator("main [name=side]").selectOption("client");
    await page.locator("main form [name=name]").fill("Nora Script");
    await page.locator("main form [name=account]").fill("no such account");
    await page.locator("main form .form-acts button").click();
    expect((await page.locator("#f-account-e").innerText()).includes("no such account"), "an unknown name is not told");
    // The refusal itself is on the console.
    page.takeProblems();
    await page.locator("main form [name=account]").fill(account.toUpperCase());
    await page.locator("main form .form-acts button").click();
    await page.waitForURL(/\/people\/[^/]+$/);
    expect((await page.locator("main").innerText()).includes(account), "it is another account");
    await page.goto(`${page.url()}/edit`);
    await page.locator("main form [name=job_title]").fill("Head of nothing");
    await page.locator("main form .form-acts button").click();
    await page.waitForURL(/\/people\/[^/]+$/);
    expect((await page.locator("main").innerText()).includes("Head of nothing"), "the change is not shown");
  },

  async "a phone's menu opens and leads to a room"(page, expect) {
    await page.setViewportSize({ width: 390, height: 844 });
    await page.goto("/portfolio");
    await page.locator("nav.bnav details.all > summary").click();
    await page.locator('nav.bnav details.all a[href="/people"]').click();
    await page.waitForURL((url) => url.pathname === "/people");
    expect((await page.locator("h1").count()) === 1, "the page has no heading");
  },

  async "a file to import is checked"(page, expect) {
    await page.goto("/import?kind=teams");
    await page.locator("main form input[type=file]").setInputFiles({ name: "teams.csv", mimeType: "text/csv", buffer: Buffer.from(TEAMS) });
    await page.locator("main form .form-acts button").first().click();
    await page.waitForURL((url) => url.pathname.startsWith("/import") && url.pathname !== "/import");
    // A job may still be at it: without script one loads the page again.
    for (let times = 0; times < 40 && !(await page.locator("main").innerText()).includes("Night desk"); times += 1) {
      await page.waitForTimeout(500);
      await page.reload();
    }
    expect((await page.locator("main").innerText()).includes("Night desk"), "the new record is not shown");
  },
};

export async function checkWithoutScript({ address, report }) {
  const browser = await open(address, { script: false });
  try {
    const refused = await walkWithPage(browser, "signing in", async (page, expect) => {
      await page.goto("/portfolio");
      await fill(page, { email: PERSON.email, password: PERSON.password });
      await page.locator("main form button[type=submit]").first().click();
      await page.waitForURL((url) => url.pathname === "/portfolio");
      expect((await page.locator("h1").count()) === 1, "the page has no heading");
    });
    report.judge("without script: sign-in leads to where one wanted to go", refused);
    for (const [name, walk] of Object.entries(WALKS)) {
      const problems = await walkWithPage(browser, name, async (page, expect) => {
        await page.setViewportSize({ width: 1440, height: 900 });
        await walk(page, expect);
      });
      report.judge(`without script: ${name}`, problems);
    }
  } finally {
    await browser.close();
  }
}
