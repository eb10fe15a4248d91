//! A device with passkeys for tests: makes keys and signs as an authenticator does, and misbehaves when told to.
//!
//! P-256 keys and the attestation "none", which is what ours is asked for. What is wrong with an answer is chosen by its
//! fields; the browser's part (what was asked, from which site) is played here too.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

const PRESENT: u8 = 0x01;
const VERIFIED: u8 = 0x04;
const WITH_KEY: u8 = 0x40;

/// One passkey on a device.
pub struct SoftDevice {
    key: EcdsaKeyPair,
    random: SystemRandom,
    credential_id: Vec<u8>,
    handle: String,
    /// Grows with each proof, unless a test sets it.
    pub counter: u32,
    /// Whether the person's finger, face or PIN is checked.
    pub checks_person: bool,
    /// The site in whose page the browser is.
    pub origin: String,
    /// The host for which it signs.
    pub rp_id: String,
}

fn base64(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

impl SoftDevice {
    /// A device with a key of its own, named by `number`, in a page of `origin`.
    pub fn new(number: u8, origin: &str, rp_id: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &random).expect("a key");
        let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, pkcs8.as_ref(), &random);
        Self {
            key: key.expect("a key"),
            random,
            credential_id: vec![number; 32],
            handle: String::new(),
            counter: 0,
            checks_person: true,
            origin: origin.to_owned(),
            rp_id: rp_id.to_owned(),
        }
    }

    fn authenticator_data(&self, flags: u8) -> Vec<u8> {
        let verified = if self.checks_person { VERIFIED } else { 0 };
        let mut data = Sha256::digest(self.rp_id.as_bytes()).to_vec();
        data.push(PRESENT | verified | flags);
        data.extend(self.counter.to_be_bytes());
        data
    }

    fn client_data(&self, kind: &str, options: &Value) -> Vec<u8> {
        let challenge = options["publicKey"]["challenge"].as_str().expect("a challenge");
        let said =
            json!({ "type": kind, "challenge": challenge, "origin": self.origin, "crossOrigin": false });
        said.to_string().into_bytes()
    }

    /// The public key as COSE writes it.
    fn cose_key(&self) -> Vec<u8> {
        let point = self.key.public_key().as_ref();
        let mut key = vec![0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20];
        key.extend(&point[1..33]);
        key.extend([0x22, 0x58, 0x20]);
        key.extend(&point[33..65]);
        key
    }

    /// Makes the key that `options` ask for.
    pub fn create(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        self.handle = options["publicKey"]["user"]["id"].as_str().expect("a handle").to_owned();
        let mut data = self.authenticator_data(WITH_KEY);
        data.extend([0; 16]);
        data.extend((self.credential_id.len() as u16).to_be_bytes());
        data.extend(&self.credential_id);
        data.extend(self.cose_key());
        let mut object = vec![0xa3];
        object.extend(b"\x63fmt\x64none\x67attStmt\xa0\x68authData\x58");
        object.push(u8::try_from(data.len()).expect("short"));
        object.extend(&data);
        json!({
            "id": base64(&self.credential_id), "rawId": base64(&self.credential_id), "type": "public-key",
            "response": {
                "attestationObject": base64(&object),
                "clientDataJSON": base64(&self.client_data("webauthn.create", &options)),
            },
        })
        .to_string()
    }

    /// Signs what `options` ask.
    pub fn prove(&mut self, options: &str) -> String {
        let options: Value = serde_json::from_str(options).expect("JSON");
        self.counter += 1;
        let data = self.authenticator_data(0);
        let client_data = self.client_data("webauthn.get", &options);
        let signed = [data.as_slice(), Sha256::digest(&client_data).as_slice()].concat();
        let signature = self.key.sign(&self.random, &signed).expect("a signature");
        json!({
            "id": base64(&self.credential_id), "rawId": base64(&self.credential_id), "type": "public-key",
            "response": {
                "authenticatorData": base64(&data), "clientDataJSON": base64(&client_data),
                "signature": base64(signature.as_ref()), "userHandle": self.handle,
            },
        })
        .to_string()
    }
}
