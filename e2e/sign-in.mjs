// From the set-up address the program prints to a signed-in administrator; the two bare pages are looked at on the way.
import { axeProblems } from "./browser.mjs";

export const PERSON = { display_name: "Edda Sturm", email: "edda@example.org", password: "a quiet river 42 stones" };

/** Fills the fields that `values` names and the form has. */
export async function fill(page, values) {
  for (const [name, value] of Object.entries(values)) {
    const field = page.locator(`main form [name="${name}"]`);
    if ((await field.count()) > 0) await field.first().fill(value);
  }
}

export async function signIn({ address, setUpLink, browser, report }) {
  const page = await browser.page();
  await page.goto(new URL(new URL(setUpLink).pathname + new URL(setUpLink).search, address).href);
  report.judge("the set-up page", [...(await axeProblems(page)), ...page.takeProblems()]);

  // What was typed stays when the password is refused.
  await fill(page, { ...PERSON, password: "short" });
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForLoadState("load");
  const kept = await page.locator('main form [name="email"]').inputValue();
  const shown = await page.locator("main .err, main [data-error], main .errors").count();
  report.judge("a refused set-up keeps what was typed and says what is wrong", [
    ...(kept === PERSON.email ? [] : [`the e-mail field holds ${JSON.stringify(kept)}`]),
    ...(shown > 0 ? [] : ["no error is shown"]),
    ...(await axeProblems(page)),
  ]);
  page.takeProblems();

  await fill(page, PERSON);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForLoadState("load");
  if (/set-?up/.test(new URL(page.url()).pathname)) throw new Error(`set-up was refused: ${await page.locator("main").innerText()}`);

  // Out and in again by the sign-in page.
  await page.context().clearCookies();
  await page.goto("/sign-in");
  report.judge("the sign-in page", [...(await axeProblems(page)), ...page.takeProblems()]);
  await fill(page, { email: PERSON.email, password: "a wrong password here" });
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForLoadState("load");
  report.judge("a refused sign-in is accessible and tells nothing of the user", [
    ...(await axeProblems(page)),
    ...(new URL(page.url()).pathname.startsWith("/sign-in") ? [] : [`it led to ${page.url()}`]),
  ]);
  page.takeProblems();
  await fill(page, { email: PERSON.email, password: PERSON.password });
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForLoadState("load");
  if (new URL(page.url()).pathname.startsWith("/sign-in")) throw new Error(`sign-in was refused: ${await page.locator("main").innerText()}`);
  await page.close();
}
