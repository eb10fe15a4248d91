// Passkeys in Chromium, with its virtual authenticator: added, named, signing in by one, copied, removed.
//
//   MANDATE_BINARY=... node e2e/passkeys.mjs
//
// The program must have been built with the feature `passkeys`. Ends with the line `e2e: N passed, M failed`.
import { axeProblems, open } from "./browser.mjs";
import { Report } from "./report.mjs";
import { start } from "./server.mjs";
import { PERSON, fill } from "./sign-in.mjs";

const paths = (page) => new URL(page.url()).pathname;
const report = new Report();
const says = async (page, text) => ((await page.locator("body").innerText()).includes(text) ? [] : [`it does not say “${text}”: ${(await page.locator("main").innerText()).slice(0, 400)}`]);
const leads = (page, path) => (paths(page) === path ? [] : [`it led to ${page.url()}`]);

/** A device for this page that checks its owner, or not. */
async function device(page, verified = true) {
  const client = await page.context().newCDPSession(page);
  await client.send("WebAuthn.enable");
  const options = { protocol: "ctap2", transport: "internal", hasResidentKey: true, hasUserVerification: true, isUserVerified: verified, automaticPresenceSimulation: true };
  const { authenticatorId } = await client.send("WebAuthn.addVirtualAuthenticator", { options });
  const send = (method, more = {}) => client.send(`WebAuthn.${method}`, { authenticatorId, ...more });
  return { send, keys: async () => (await send("getCredentials")).credentials };
}

async function signOut(page) {
  await page.evaluate(() => fetch("/sign-out", { method: "POST" }));
}

/** Presses the button of the sign-in page; what the page comes to is the caller's to judge. */
async function byPasskey(page, next) {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  const asked = page.waitForResponse((response) => response.url().endsWith("/sign-in/passkey"), { timeout: 10_000 }).catch(() => null);
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  const answered = await asked;
  await page.waitForURL((url) => url.pathname !== "/sign-in");
  await page.waitForLoadState("load");
  return answered;
}

async function byPassword(page, next) {
  await page.goto(`/sign-in?next=${encodeURIComponent(next)}`);
  await fill(page, { email: PERSON.email, password: PERSON.password });
  await page.locator("main form button[type=submit]", { hasText: /^Sign in$/ }).first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/sign-in"));
}

let server;
let browser;
try {
  server = await start({ demo: false });
  browser = await open(server.address);
  const page = await browser.page();
  const phone = await device(page);
  await page.goto(new URL(server.setUpLink).pathname);
  await fill(page, PERSON);
  await page.locator("main form button[type=submit]").first().click();
  await page.waitForURL((url) => !url.pathname.startsWith("/setup"));

  // Added from the security page.
  await page.goto("/settings/second-factor");
  await page.getByRole("link", { name: "See your passkeys" }).click();
  await page.waitForLoadState("load");
  report.judge("the page of passkeys, none yet", [...leads(page, "/settings/passkeys"), ...(await axeProblems(page)), ...page.takeProblems()]);
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.waitForLoadState("load");
  report.judge("the page that makes one", [...(await axeProblems(page)), ...page.takeProblems()]);
  await page.locator('form[data-passkey-create] input[name="name"]').fill("Phone");
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await page.getByText("Passkey “Phone” added").waitFor();
  const keys = await phone.keys();
  report.judge("the device keeps one key that it finds by itself", keys.length === 1 && keys[0].isResidentCredential && keys[0].rpId === "localhost" ? [] : [JSON.stringify(keys)]);
  report.judge("the page of passkeys with one", [...(await says(page, "not used yet")), ...(await axeProblems(page)), ...page.takeProblems()]);

  // The same device gives no second one.
  await page.getByRole("button", { name: "Add a passkey" }).click();
  await page.waitForLoadState("load");
  await page.locator('form[data-passkey-create] input[name="name"]').fill("Phone again");
  await page.getByRole("button", { name: "Make the passkey" }).click();
  await page.locator("[data-passkey-told]").waitFor({ state: "visible" });
  report.judge("a device that has one is told so", await axeProblems(page));
  page.takeProblems();

  // Everybody is asked for a second factor; a passkey is one.
  await page.goto("/settings/second-factor");
  report.judge("the security page counts them", await says(page, "You have one."));
  await signOut(page);
  page.takeProblems();
  await page.goto("/sign-in");
  report.judge("the sign-in page with the button", [...(await axeProblems(page)), ...page.takeProblems()]);
  await byPasskey(page, "/people");
  report.judge("one press signs in and leads where the person wanted to go", [...leads(page, "/people"), ...page.takeProblems()]);
  await page.goto("/settings/passkeys");
  report.judge("its use is shown", await says(page, "last used"));

  // Named otherwise.
  await page.getByText("Name it otherwise").click();
  await page.locator('details input[name="name"]').first().fill("Old phone");
  await page.getByRole("button", { name: "Save the name" }).click();
  await page.waitForLoadState("load");
  report.judge("it is named otherwise", [...(await says(page, "Old phone")), ...page.takeProblems()]);

  // A device that did not check the person.
  await signOut(page);
  await phone.send("setUserVerified", { isUserVerified: false });
  await page.goto("/sign-in?next=/people");
  await page.getByRole("button", { name: "Sign in with a passkey" }).click();
  await page.locator("[data-passkey-told]").waitFor({ state: "visible" });
  report.judge("who is not checked by their device is not signed in", leads(page, "/sign-in"));
  await phone.send("setUserVerified", { isUserVerified: true });
  page.takeProblems();

  // A copy: its counter has been passed.
  const [key] = await phone.keys();
  await phone.send("removeCredential", { credentialId: key.credentialId });
  await phone.send("addCredential", { credential: { ...key, signCount: 0 } });
  const refused = await byPasskey(page, "/people");
  report.judge("a counter that went backwards is refused, and told", [
    ...(refused?.status() === 422 ? [] : [`${refused?.status()}`]), ...(await says(page, "a copy of it may exist")), ...(await axeProblems(page)),
  ]);
  page.takeProblems();

  // An answer signed for another site: what was asked is changed on its way to the browser's function.
  const [copy] = await phone.keys();
  await phone.send("removeCredential", { credentialId: copy.credentialId });
  await phone.send("addCredential", { credential: { ...key, signCount: 50 } });
  await page.goto("/sign-in");
  const elsewhere = await page.evaluate(async (other) => {
    const asked = await (await fetch("/sign-in/passkey/begin", { method: "POST" })).json();
    const plain = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (sign) => sign.charCodeAt(0));
    const code = (bytes) => btoa(String.fromCharCode(...new Uint8Array(bytes))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
    const proof = await navigator.credentials.get({ publicKey: { ...asked.publicKey, challenge: plain(asked.publicKey.challenge), allowCredentials: [] } });
    const said = JSON.parse(new TextDecoder().decode(proof.response.clientDataJSON));
    const clientData = new TextEncoder().encode(JSON.stringify({ ...said, origin: other }));
    const answer = JSON.stringify({ id: proof.id, rawId: code(proof.rawId), type: proof.type, response: {
      authenticatorData: code(proof.response.authenticatorData), clientDataJSON: code(clientData),
      signature: code(proof.response.signature), userHandle: code(proof.response.userHandle) } });
    const sent = await fetch("/sign-in/passkey", { method: "POST", body: new URLSearchParams({ answer, next: "/" }), redirect: "manual" });
    return { status: sent.status, text: await sent.text() };
  }, "https://evil.example");
  report.judge("an answer of another site is refused", elsewhere.status === 422 && elsewhere.text.includes("was not accepted") ? [] : [JSON.stringify(elsewhere).slice(0, 300)]);
  page.takeProblems();

  // The owner sees what happened, and removes it after confirming who they are.
  await byPassword(page, "/settings/passkeys");
  report.judge("its owner is told of the copy", [...(await says(page, "a copy of it had been used")), ...(await axeProblems(page)), ...page.takeProblems()]);
  await page.getByRole("button", { name: "Remove" }).click();
  await page.waitForLoadState("load");
  report.judge("it is removed", [...(await says(page, "Passkey removed")), ...page.takeProblems()]);
  await signOut(page);
  const gone = await byPasskey(page, "/people");
  report.judge("a removed passkey signs nobody in", gone?.status() === 422 ? [] : [`${gone?.status()} ${page.url()}`]);
} catch (error) {
  report.fail("the run", error.stack ?? String(error));
  console.log(server?.said().split("\n").slice(-30).join("\n"));
} finally {
  await browser?.close();
  await server?.stop();
}
process.exit(report.end());
