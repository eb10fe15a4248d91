// The pages as somebody else finds them: fewer rooms, fewer buttons, their own accounts only. People of the demo book sign in by a
// one-time link that the administrator issues on the page of the user. No role of the client's side can sign in yet.
import { open } from "./browser.mjs";
import { checkPages } from "./pages.mjs";
import { PERSON } from "./sign-in.mjs";

const PASSWORD = "seven herons over a lake";
/** Each with what only they must not be offered. */
const PEOPLE = [
  { email: "eszter.molnar@northmoor.example", role: "account manager", hidden: ["/settings/users", "/audit"] },
  { email: "lukas.kern@northmoor.example", role: "delivery lead", hidden: ["/settings/users", "/import"] },
];
const PAGES = "24";

/** The one-time link of a user, as the administrator reads it. */
async function linkOf(admin, email) {
  await admin.goto("/settings/users", { waitUntil: "load" });
  await admin.locator("tr", { hasText: email }).locator("a").first().click();
  await admin.waitForURL(/\/settings\/users\/./);
  const issue = async () => {
    await admin.locator('main form[action$="/link"] button').click();
    await admin.waitForLoadState("load");
  };
  await issue();
  // On a slow machine the sign-in lies too far back by now for giving out a link: the password is asked for again.
  if (new URL(admin.url()).pathname === "/confirm") {
    await admin.locator('main form [name="password"]').fill(PERSON.password);
    await admin.locator("main form button[type=submit]").first().click();
    await admin.waitForURL(/\/settings\/users\/./);
    await issue();
  }
  const text = await admin.locator("main").innerText();
  const link = /https?:\/\/\S+\/password\/\S+/.exec(text)?.[0];
  if (!link) throw new Error(`no link for ${email} on ${admin.url()}`);
  return new URL(link).pathname;
}

export async function checkRoles(run) {
  for (const { email, role, hidden } of PEOPLE) {
    const admin = await run.browser.page();
    const own = await open(run.address);
    try {
      const link = await linkOf(admin, email);
      const page = await own.page();
      await page.goto(link, { waitUntil: "load" });
      await page.locator('main form [name="password"]').fill(PASSWORD);
      await page.locator("main form button[type=submit]").click();
      await page.waitForURL((url) => !url.pathname.startsWith("/password"));
      await page.goto("/", { waitUntil: "load" });
      const offered = await page.locator("nav a[href]").evaluateAll((nodes) => nodes.map((node) => node.getAttribute("href")));
      run.report.judge(`the navigation of a ${role}`, hidden.filter((href) => offered.includes(href)).map((href) => `offers ${href}`));
      await page.close();
      await checkPages({ ...run, browser: own, options: { ...run.options, screenshots: undefined, path: undefined, limit: PAGES } });
    } catch (error) {
      run.report.fail(`the pages of a ${role}`, error.message.split("\n")[0]);
    } finally {
      await own.close();
      await admin.close();
    }
  }
}
