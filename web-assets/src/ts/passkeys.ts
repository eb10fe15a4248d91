// Passkeys: asks the browser's own function for one, and sends what it says with the form around it.
import { $, $$ } from "./dom";

const bytes = (text: string): ArrayBuffer => {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (sign) => sign.charCodeAt(0)).buffer;
};
const text = (buffer: ArrayBuffer | null): string | null =>
  buffer && btoa(String.fromCharCode(...new Uint8Array(buffer))).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");

interface Described { id: string; type: "public-key"; transports?: AuthenticatorTransport[] }
const described = (list: Described[] | undefined): PublicKeyCredentialDescriptor[] => (list ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

/** A new passkey, as the server reads it. */
async function create(options: string): Promise<string> {
  const asked = JSON.parse(options).publicKey;
  const publicKey = { ...asked, challenge: bytes(asked.challenge), user: { ...asked.user, id: bytes(asked.user.id) }, excludeCredentials: described(asked.excludeCredentials) };
  const made = await navigator.credentials.create({ publicKey }) as PublicKeyCredential;
  const response = made.response as AuthenticatorAttestationResponse;
  return JSON.stringify({
    id: made.id, rawId: text(made.rawId), type: made.type,
    response: { attestationObject: text(response.attestationObject), clientDataJSON: text(response.clientDataJSON) },
  });
}

/** The proof of a passkey that is there, as the server reads it. */
async function prove(options: string): Promise<string> {
  const asked = JSON.parse(options).publicKey;
  const publicKey = { ...asked, challenge: bytes(asked.challenge), allowCredentials: described(asked.allowCredentials) };
  const proof = await navigator.credentials.get({ publicKey }) as PublicKeyCredential;
  const response = proof.response as AuthenticatorAssertionResponse;
  return JSON.stringify({
    id: proof.id, rawId: text(proof.rawId), type: proof.type,
    response: {
      authenticatorData: text(response.authenticatorData), clientDataJSON: text(response.clientDataJSON),
      signature: text(response.signature), userHandle: text(response.userHandle),
    },
  });
}

/** What the form is to be answered with: asked of the server where it stands not in the page. */
async function answer(form: HTMLFormElement): Promise<string> {
  const inPage = form.dataset["passkeyCreate"];
  if (inPage !== undefined) return create(inPage);
  const asked = await fetch(form.dataset["passkeyAsk"] ?? "", { method: "POST", headers: { accept: "application/json" } });
  if (!asked.ok) throw new Error(String(asked.status));
  return prove(await asked.text());
}

export function startPasskeys(): void {
  if (!("PublicKeyCredential" in window)) return;
  for (const form of $$<HTMLFormElement>("form[data-passkey-create], form[data-passkey-ask]")) {
    form.closest("[data-passkey]")?.removeAttribute("hidden");
    form.addEventListener("submit", (event) => {
      const field = $<HTMLInputElement>("input[name=answer]", form);
      if (!field || field.value) return;
      event.preventDefault();
      const told = $("[data-passkey-told]", form);
      if (told) told.hidden = true;
      answer(form).then((said) => { field.value = said; form.requestSubmit(); }, () => { if (told) told.hidden = false; });
    });
  }
  // Back from the next page, a proof that was sent is none any more.
  addEventListener("pageshow", () => { for (const field of $$<HTMLInputElement>("form[data-passkey-ask] input[name=answer]")) field.value = ""; });
}
