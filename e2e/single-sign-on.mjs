// Signing in by a real OpenID Connect provider (npm `oidc-provider`) on loopback, in Chromium, and a second factor in the pages.
//
//   MANDATE_BINARY=... node e2e/single-sign-on.mjs
//
// Ends with the line `e2e: N passed, M failed`. The provider's own pages are its developers' ones; only ours are judged by axe.
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { axeProblems, open } from "./browser.mjs";
import { Report } from "./report.mjs";
import { start } from "./server.mjs";
import { PERSON, fill } from "./sign-in.mjs";

const installed = createRequire(new URL("../web-assets/package.json", import.meta.url));
const { Provider } = await import(pathToFileURL(installed.resolve("oidc-provider")).href);

/** Whom the provider knows: what they type there, and what it says of them. */
const KNOWN = {
  edda: { email: PERSON.email, email_verified: true, name: PERSON.display_name, groups: ["keepers"] },
  anna: { email: "anna@example.org", email_verified: true, name: "Anna Keller", groups: ["sales", "football"] },
  otto: { email: "otto@example.org", email_verified: true, name: "Otto Nobody", groups: ["football"] },
  faye: { email: PERSON.email, email_verified: true, name: "Another Edda", groups: ["keepers"] },
  uwe: { email: "uwe@example.org", email_verified: false, name: "Uwe Unverified", groups: ["sales"] },
};

function listening(server) {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", () => resolve(server.address().port)));
}

/** The provider's server; its client is named once ours is up. */
async function startProvider() {
  let handle = (_request, response) => response.writeHead(503).end();
  const server = createServer((request, response) => handle(request, response));
  const issuer = `http://127.0.0.1:${await listening(server)}`;
  const serve = (address) => {
    const provider = new Provider(issuer, {
      clients: [{
        client_id: "mandate", client_secret: "a shared secret of this run", redirect_uris: [`${address}/sign-in/callback`],
        grant_types: ["authorization_code"], response_types: ["code"],
      }],
      pkce: { required: () => true },
      scopes: ["openid", "email", "profile", "groups"],
      claims: { openid: ["sub"], email: ["email", "email_verified"], profile: ["name"], groups: ["groups"] },
      findAccount: (_context, id) => ({ accountId: id, claims: () => ({ sub: id, ...KNOWN[id] }) }),
      cookies: { keys: ["one key of this run"] },
      features: { devInteractions: { enabled: true } },
    });
    handle = provider.callback();
  };
  return { issuer, serve, stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

/** The six digits of a base32 secret now. */
function code(secret) {
  const signs = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  let bits = "";
  for (const sign of secret.replaceAll(" ", "")) bits += signs.indexOf(sign).toString(2).padStart(5, "0");
  const key = Buffer.from(bits.match(/.{8}/g).map((byte) => Number.parseInt(byte, 2)));
  const step = Buffer.alloc(8);
  step.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000)));
  const digest = createHmac("sha1", key).update(step).digest();
  const at = digest[digest.length - 1] & 15;
  return String((digest.readUInt32BE(at) & 0x7fffffff) % 1_000_000).padStart(6, "0");
}

/** Types a name at the provider and agrees to what it asks, as often as it asks. */
async function atProvider(page, issuer, name) {
  for (let times = 0; times < 4 && page.url().startsWith(issuer); times += 1) {
    const login = page.locator('input[name="login"]');
    if ((await login.count()) > 0) {
      await login.fill(name);
      await page.locator('input[name="password"]').fill("anything");
    }
    await page.locator('button[type="submit"]').first().click();
    await page.waitForLoadState("load");
  }
}

async function signOut(page) {
  await page.evaluate(() => fetch("/sign-out", { method: "POST" }));
}

const paths = (page) => new URL(page.url()).pathname;
const report = new Report();
const folder = mkdtempSync(join(tmpdir(), "mandate-sso-"));
const provider = await startProvider();
writeFileSync(join(folder, "client-secret"), "a shared secret of this run\n", { mode: 0o600 });
writeFileSync(join(folder, "mandate.toml"), `
[single_sign_on]
name = "Example ID"
issuer = "${provider.issuer}"
client_id = "mandate"
client_secret_file = "${join(folder, "client-secret")}"
email_domains = ["example.org"]
makes_users = true
scopes = ["groups"]
groups_claim = "groups"
[single_sign_on.roles]
keepers = "administrator"
sales = "account_manager"
`);
let server;
let browser;
try {
  server = await start({ data: folder, demo: false });
  provider.serve(server.address);
  browser = await open(server.address);
  const page = await browser.page();
  await page.goto(new URL(server.setUpLink).pathname);
  await fill(page, PERSON);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/setup"));
  await signOut(page);
  page.takeProblems();

  // The first use links the account by its verified address.
  await page.goto("/sign-in?next=/people");
  report.judge("the sign-in page with a provider", [...(await axeProblems(page)), ...page.takeProblems()]);
  await page.getByRole("link", { name: "Sign in with Example ID" }).click();
  await atProvider(page, provider.issuer, "edda");
  report.judge("the first use links the account and leads where the person wanted to go", paths(page) === "/people" ? [] : [`it led to ${page.url()}`]);
  await signOut(page);
  await page.goto("/people");
  report.judge("signing out ends our session", paths(page) === "/sign-in" ? [] : [`it led to ${page.url()}`]);
  await page.getByRole("link", { name: "Sign in with Example ID" }).click();
  await atProvider(page, provider.issuer, "edda");
  report.judge("the second use needs no more than the provider's own session", paths(page) === "/people" ? [] : [`it led to ${page.url()}`]);

  // Confirming asks again there, and leads back.
  await page.goto("/confirm?next=/settings/tokens");
  report.judge("the page that asks to confirm", await axeProblems(page));
  await page.getByRole("link", { name: "Confirm with Example ID" }).click();
  report.judge("the provider asks again", page.url().startsWith(provider.issuer) ? [] : [`it led to ${page.url()}`]);
  await atProvider(page, provider.issuer, "edda");
  report.judge("confirming leads back", paths(page) === "/settings/tokens" ? [] : [`it led to ${page.url()}`]);
  await signOut(page);
  page.takeProblems();

  // Somebody else each time, in a browser of their own.
  const stranger = async (name) => {
    const own = await open(server.address);
    const other = await own.page();
    await other.goto("/sign-in");
    await other.getByRole("link", { name: "Sign in with Example ID" }).click();
    await atProvider(other, provider.issuer, name);
    const session = (await own.context.cookies()).some((cookie) => cookie.name === "mandate" && cookie.value);
    return { own, other, session, text: await other.locator("main").innerText() };
  };
  const anna = await stranger("anna");
  report.judge("somebody whose group stands for a role is made a user", anna.session ? [] : [anna.text]);
  await anna.other.goto("/settings/me");
  report.judge("as who the provider says", (await anna.other.locator("main").innerText()).includes("anna@example.org") ? [] : ["another address"]);
  await anna.other.goto("/confirm?next=/settings/tokens");
  report.judge("who has no password confirms at the provider only", (await anna.other.locator('input[name="password"]').count()) === 0 ? [] : ["a password is asked for"]);
  await anna.own.close();
  const told = [];
  for (const [name, why] of [["otto", "no role"], ["faye", "another subject with a known address"], ["uwe", "an address nobody verified"]]) {
    const refused = await stranger(name);
    report.judge(`${why} is refused`, !refused.session && refused.text.includes("no account for you here") ? [] : [refused.text]);
    told.push(refused.text);
    await refused.own.close();
  }
  report.judge("all of them are told the same", new Set(told).size === 1 ? [] : told);

  // Who turns back at the provider is told so.
  const turned = await open(server.address);
  const back = await turned.page();
  await back.goto("/sign-in");
  await back.getByRole("link", { name: "Sign in with Example ID" }).click();
  await back.getByText(/\[ Cancel \]|Cancel/).first().click();
  await back.waitForLoadState("load");
  report.judge("who turns back at the provider is told in words", (await back.locator("main").innerText()).includes("did not sign you in") ? [] : [back.url()]);
  await turned.close();

  // A second factor of our own, by the pages.
  await page.goto("/sign-in");
  await fill(page, { email: PERSON.email, password: PERSON.password });
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
  await page.goto("/settings/second-factor");
  report.judge("the page of the second factor, off", [...(await axeProblems(page)), ...page.takeProblems()]);
  await page.getByRole("button", { name: "Set up" }).click();
  await page.waitForLoadState("load");
  report.judge("the page with the QR code", [...(await axeProblems(page)), ...page.takeProblems()]);
  const secret = await page.locator("#factor-secret").innerText();
  const first = code(secret);
  await page.locator('input[name="code"]').fill(first);
  await page.getByRole("button", { name: "Switch on" }).click();
  await page.waitForLoadState("load");
  const recovery = await page.locator("main li code").allInnerTexts();
  report.judge("ten recovery codes, once", [...(recovery.length === 10 ? [] : [`${recovery.length} codes`]), ...(await axeProblems(page)), ...page.takeProblems()]);
  await signOut(page);
  await page.goto("/sign-in?next=/teams");
  await fill(page, { email: PERSON.email, password: PERSON.password });
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForLoadState("load");
  report.judge("the second step", [...(paths(page) === "/sign-in/second-step" ? [] : [page.url()]), ...(await axeProblems(page)), ...page.takeProblems()]);
  await page.locator('input[name="code"]').fill(first);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForLoadState("load");
  report.judge("a code is good once", [...(paths(page) === "/sign-in/second-step" ? [] : [page.url()]), ...(await axeProblems(page))]);
  page.takeProblems();
  await page.locator('input[name="code"]').fill(recovery[0]);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => url.pathname === "/teams");
  report.pass("a recovery code lets in");
} catch (error) {
  report.fail("the run", error.stack ?? String(error));
  console.log(server?.said().split("\n").slice(-30).join("\n"));
} finally {
  await browser?.close();
  await server?.stop();
  await provider.stop();
  rmSync(folder, { recursive: true, force: true });
}
process.exit(report.end());
