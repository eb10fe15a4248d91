//! No secret stands in what the served program logs, at the most talkative level, in any form it could have taken.
//!
//! The set-up address is printed on standard output by design, for whoever starts the program; it stands in no log line.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};
use serde_json::json;

use crate::cli::{add_user, run};
use crate::served::{Client, Served, code_of, percent, secret_of};

const PASSWORD: &str = "a quiet river 42 stones";
const MAIL_PASSWORD: &str = "Kelpie-Harbour-771";
const PROVIDER_SECRET: &str = "Sorrel-Meadow-902";

/// The forms in which `secret` could stand in a line: plain, in an address, in a form, as hex, as a list of bytes, as base64.
fn forms(secret: &str) -> Vec<String> {
    let hex: String = secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    let bytes: Vec<String> = secret.bytes().map(|byte| byte.to_string()).collect();
    let mut forms =
        vec![secret.to_owned(), percent(secret), secret.replace(' ', "+"), hex.clone(), hex.to_uppercase()];
    forms.push(bytes.join(", "));
    // In base64 the same bytes read differently at each of three places; the edges also hold their neighbours.
    for n_before in 0..3 {
        let padded = [vec![b'x'; n_before], secret.as_bytes().to_vec()].concat();
        for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
            let middle = &encoded[(n_before * 8).div_ceil(6)..encoded.len() - 2];
            forms.push(middle.to_owned());
        }
    }
    forms
}

/// Whether `form` stands in `text`; digits only as a number of their own, for clocks and ids hold any six digits.
fn stands_in(text: &str, form: &str) -> bool {
    let digits = form.bytes().all(|byte| byte.is_ascii_digit());
    text.match_indices(form).any(|(at, _)| {
        let joins = |it: Option<char>| it.is_some_and(|it| it.is_ascii_alphanumeric() || it == '.');
        !digits || !(joins(text[..at].chars().next_back()) || joins(text[at + form.len()..].chars().next()))
    })
}

/// Which of `secrets` stand in `text`, and how.
fn found(text: &str, secrets: &[(&'static str, String)]) -> Vec<String> {
    let mut told = vec![];
    for (name, secret) in secrets {
        for form in forms(secret) {
            if stands_in(text, &form) {
                told.push(format!("{name} as `{form}`"));
            }
        }
    }
    told
}

/// A mail server that takes a login and refuses it, again and again.
fn refusing_mail_server() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let port = listener.local_addr().expect("bound").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut say = stream.try_clone().expect("a second hand");
            if say.write_all(b"220 mail.example\r\n").is_err() {
                continue;
            }
            for line in BufReader::new(stream).lines().map_while(Result::ok) {
                let answer: &[u8] = match line.get(..4) {
                    Some("EHLO") => b"250-mail.example\r\n250 AUTH PLAIN LOGIN\r\n",
                    Some("AUTH") => b"535 5.7.8 no\r\n",
                    Some("QUIT") => b"221 bye\r\n",
                    _ => b"250 ok\r\n",
                };
                if say.write_all(answer).is_err() {
                    break;
                }
            }
        }
    });
    port
}

fn write_settings(folder: &Path, mail_port: u16) {
    let data = folder.join("data");
    std::fs::create_dir(&data).expect("made");
    let secret_file = |name: &str, secret: &str| {
        let path = folder.join(name);
        std::fs::write(&path, secret).expect("written");
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("set");
        path.display().to_string()
    };
    let (mail, provider) = (secret_file("mail", MAIL_PASSWORD), secret_file("provider", PROVIDER_SECRET));
    let settings = format!(
        "[mail]\nhost = '127.0.0.1'\nport = {mail_port}\ntls = 'none'\nuser = 'mandate'\npassword_file = '{mail}'\n\
         from = 'mandate@firm.example'\n\n\
         [single_sign_on]\nname = 'Firm ID'\nissuer = 'http://127.0.0.1:1'\nclient_id = 'mandate'\n\
         client_secret_file = '{provider}'\nemail_domains = ['elsewhere.example']\n"
    );
    std::fs::write(data.join("mandate.toml"), settings).expect("written");
}

/// The secrets of a story, by name.
type Secrets = Vec<(&'static str, String)>;

/// A second factor is set up and used: its secret, a code, recovery codes.
fn second_factor(ada: &mut Client, secrets: &mut Secrets) {
    let begun = ada.json("POST", "/api/v1/me/second-factor", &json!({})).expect(201).json();
    let secret = begun["secret"].as_str().expect("a secret").replace(' ', "");
    let code = code_of(&secret);
    let done =
        ada.json("POST", "/api/v1/me/second-factor/confirm", &json!({"code": code})).expect(200).json();
    let recovery = done["recovery_codes"][0].as_str().expect("codes").to_owned();
    secrets.push(("a second factor's secret", secret));
    secrets.push(("a code", code));
    secrets.push(("a recovery code", recovery.clone()));
    ada.form("/sign-in", &[("email", "ada@firm.example"), ("password", PASSWORD)]).expect(303);
    secrets.push(("what waits for a second step", ada.cookie("mandate-step").to_owned()));
    ada.form("/sign-in/second-step", &[("code", "wrong-canary-31")]);
    secrets.push(("a wrong code", "wrong-canary-31".to_owned()));
    ada.form("/sign-in/second-step", &[("code", &recovery)]).expect(303);
    secrets.push(("a session after a second step", ada.cookie("mandate").to_owned()));
}

/// Links of every kind: an invitation, a new password, a sign-in link.
fn links(served: &Served, data: &Path, ada: &mut Client, secrets: &mut Secrets) {
    let invited = add_user(data, "bea@firm.example").json()["link"].as_str().map(secret_of).expect("a link");
    let mut bea = Client::at(served.port);
    bea.get(&format!("/password/{invited}")).expect(200);
    bea.form(&format!("/password/{invited}"), &[("password", "canary-77xq")]).expect(422);
    bea.form(&format!("/password/{invited}"), &[("password", "another lake of 17 swans")]).expect(303);
    secrets.push(("an invitation", invited));
    secrets.push(("a refused password", "canary-77xq".to_owned()));
    secrets.push(("a password set by a link", "another lake of 17 swans".to_owned()));
    let reset = run(data, &["user", "reset-link", "bea@firm.example", "--json"]).json();
    secrets.push(("a password link", reset["link"].as_str().map(secret_of).expect("a link")));
    let fields = json!({"name": "Northmoor", "time_zone": "Europe/London", "currency": "EUR"});
    let account = ada.json("POST", "/api/v1/accounts", &fields).expect(201).json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let person = json!({"email": "otto@client.example", "name": "Otto", "locale": "de-DE"});
    let path = format!("/api/v1/accounts/{account}/portal/people");
    let invited = ada.json("POST", &path, &person).expect(201).json();
    let path = format!("/api/v1/users/{}/sign-in-link", invited["user"]["id"].as_str().expect("an id"));
    let made = ada.json("POST", &path, &json!({})).expect(201).json();
    let link = secret_of(made["link"].as_str().expect("a link"));
    let mut otto = Client::at(served.port);
    otto.get(&format!("/sign-in/link/{link}")).expect(200);
    otto.form(&format!("/sign-in/link/{link}"), &[]).expect(303);
    secrets.push(("a sign-in link", link));
    secrets.push(("a client's session", otto.cookie("mandate").to_owned()));
    otto.form("/sign-in/link", &[("email", "otto@client.example")]);
}

/// Requests that fail, each with something of its own in it; and files.
fn bad_requests(ada: &mut Client, secrets: &mut Secrets) {
    let mut canary = |what: &'static str, text: &str| {
        secrets.push((what, text.to_owned()));
        text.to_owned()
    };
    let text = canary("a broken body", "canary-body-1f7");
    ada.ask(
        "POST",
        "/api/v1/accounts",
        &[("Content-Type", "application/json")],
        format!("{{\"name\": \"{text}").as_bytes(),
    );
    let text = canary("an unknown field", "canary-field-2c8");
    ada.json("POST", "/api/v1/accounts", &json!({ text.as_str(): text })).expect(422);
    let text = canary("a wrong value", "canary-value-3d9");
    ada.json("POST", "/api/v1/accounts", &json!({"name": text, "currency": text, "time_zone": text}))
        .expect(422);
    let text = canary("an address", "canary-path-4e1");
    ada.get(&format!("/accounts/{text}/{text}")).expect(404);
    let text = canary("a parameter", "canary-query-5a2");
    ada.get(&format!("/api/v1/accounts?{text}={text}")).expect(422);
    ada.get(&format!("/search?q={text}")).expect(200);
    let text = canary("a key", "canary-key-6b3");
    let body = json!({"name": "Corwen", "time_zone": "Europe/London", "currency": "EUR"}).to_string();
    ada.ask(
        "POST",
        "/api/v1/accounts",
        &[("Content-Type", "application/json"), ("Idempotency-Key", &text)],
        body.as_bytes(),
    );
    let text = canary("a header", "canary-header-7c4");
    ada.ask("GET", "/", &[("User-Agent", &text), ("Referer", &format!("http://x/{text}"))], b"");
    let text = canary("a form", "canary-form-8d5");
    ada.form("/settings/me", &[("display_name", ""), ("email", &text), (&text, &text)]);
    let text = canary("a file of the book", "canary-book-9e6");
    ada.upload(
        "/api/v1/book-imports",
        &[("kind", "accounts")],
        &format!("{text}.csv"),
        format!("external_id,name,tier\n1,{text},{text}\n").as_bytes(),
    );
    let text = canary("a log", "canary-log-1a7");
    ada.upload(
        "/api/v1/imports",
        &[("profile", "servicenow")],
        &format!("{text}.csv"),
        format!("number,{text}\n{text},{text}\n").as_bytes(),
    );
    let line = json!({"event_id": text, "case": text, "at": "yesterday", "state": text}).to_string();
    ada.ask("POST", "/api/v1/events", &[("Content-Type", "application/x-ndjson")], line.as_bytes());
}

#[test]
fn no_secret_stands_in_the_log() {
    let folder = tempfile::tempdir().expect("a folder");
    write_settings(folder.path(), refusing_mail_server());
    let data = folder.path().join("data");
    let mut served = Served::start(folder.path(), &[("MANDATE_LOG", "trace")]);
    let setup = served.setup_secret();
    let mut ada = served.set_up(PASSWORD);
    let mut secrets: Secrets = vec![
        ("the password", PASSWORD.to_owned()),
        ("the mail server's password", MAIL_PASSWORD.to_owned()),
        ("the provider's secret", PROVIDER_SECRET.to_owned()),
        ("the first session", ada.cookie("mandate").to_owned()),
        ("a wrong password", "wrong-canary-55".to_owned()),
        ("a wrong token", "mdt_wrong-canary-66".to_owned()),
    ];
    Client::at(served.port)
        .form("/sign-in", &[("email", "ada@firm.example"), ("password", "wrong-canary-55")])
        .expect(422);
    let made = ada
        .json("POST", "/api/v1/tokens", &json!({"name": "A feed", "scopes": ["book:read"]}))
        .expect(201)
        .json();
    let mut feed = Client::at(served.port);
    feed.bearer = made["token"].as_str().map(str::to_owned);
    feed.get("/api/v1/accounts").expect(200);
    secrets.push(("a token", feed.bearer.clone().expect("a token")));
    feed.bearer = Some("mdt_wrong-canary-66".to_owned());
    feed.get("/api/v1/accounts").expect(401);
    ada.get("/sign-in/provider");
    ada.form("/settings/mail/test", &[]);
    links(&served, &data, &mut ada, &mut secrets);
    bad_requests(&mut ada, &mut secrets);
    second_factor(&mut ada, &mut secrets);
    served.stop();
    let (log, out) = (served.log(), served.out());
    assert!(log.matches("answered").count() > 25, "the log says little: {log}");
    assert!(secrets.iter().all(|(_, secret)| secret.len() >= 6), "{secrets:?}");
    assert_eq!(found(&out, &secrets), Vec::<String>::new(), "printed");
    assert!(out.contains(&setup), "printed by design, for whoever starts it");
    secrets.push(("the set-up secret", setup));
    assert_eq!(found(&log, &secrets), Vec::<String>::new(), "logged");
}

#[test]
fn the_search_finds_what_stands_in_a_line() {
    let secrets: Secrets = vec![("a token", "mdt_Zx81-quiet".to_owned()), ("a code", "591275".to_owned())];
    for form in forms("mdt_Zx81-quiet") {
        let line = format!("2026-11-22T11:16:13Z  INFO answered what=\"..{form}..\"");
        assert!(!found(&line, &secrets).is_empty(), "{form}");
    }
    let encoded = STANDARD_NO_PAD.encode("user=ada&token=mdt_Zx81-quiet&more=1");
    assert!(!found(&encoded, &secrets).is_empty(), "{encoded}");
    assert!(!found("a code was wrong code=591275", &secrets).is_empty());
    assert!(found("2026-11-22T11:16:13.591275Z  INFO stopping", &secrets).is_empty(), "a clock is no code");
}
