//! `mandate user sync`, `reset-second-factor` and `end-sessions` while the server runs: refusals, and what the next request meets.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::{add_user, run};
use crate::served::{Client, Served, code_of, secret_of};

const PASSWORD: &str = "a quiet river 42 stones";

/// A user who has set their password by their link and is signed in.
fn joined(served: &Served, data: &Path, email: &str) -> Client {
    let link = add_user(data, email).json()["link"].as_str().map(secret_of).expect("a link");
    let mut client = Client::at(served.port);
    client.form(&format!("/password/{link}"), &[("password", PASSWORD)]).expect(303);
    client
}

/// A program with a token of whoever is signed in.
fn program_of(client: &mut Client, port: u16) -> Client {
    let made =
        client.json("POST", "/api/v1/tokens", &json!({"name": "A feed", "scopes": ["profile"]})).expect(201);
    let mut program = Client::at(port);
    program.bearer = made.json()["token"].as_str().map(str::to_owned);
    program
}

fn me(client: &mut Client) -> u16 {
    client.get("/api/v1/me").status
}

/// The address where signing in with the password leads.
fn signs_in_to(port: u16, email: &str) -> String {
    let answer = Client::at(port).form("/sign-in", &[("email", email), ("password", PASSWORD)]);
    answer.expect(303).header("location").to_owned()
}

#[test]
fn ended_sessions_are_over_with_the_next_request_and_tokens_stay() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let served = Served::start(folder.path(), &[]);
    let mut bea = joined(&served, &data, "bea@firm.example");
    let mut carl = joined(&served, &data, "carl@firm.example");
    let mut feed = program_of(&mut bea, served.port);
    assert_eq!(run(&data, &["user", "end-sessions"]).code, 2);
    let unknown = run(&data, &["user", "end-sessions", "nobody@firm.example", "--json"]);
    assert_eq!((unknown.code, &unknown.json()["error"]["kind"]), (3, &json!("bad_input")), "{unknown:?}");
    assert_eq!(run(&data, &["user", "end-sessions", "no address"]).code, 3);
    assert_eq!((me(&mut bea), me(&mut carl)), (200, 200), "a refusal ends nobody's");
    let ended = run(&data, &["user", "end-sessions", "bea@firm.example", "--json"]);
    assert_eq!((ended.code, &ended.json()["sessions"]), (0, &json!(1)), "{ended:?}");
    assert_eq!((me(&mut bea), me(&mut feed), me(&mut carl)), (401, 200, 200));
    assert_eq!(signs_in_to(served.port, "bea@firm.example"), "/");
}

#[test]
fn a_second_factor_taken_away_is_not_asked_for_again_and_ends_the_sessions() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let served = Served::start(folder.path(), &[]);
    let mut bea = joined(&served, &data, "bea@firm.example");
    let begun = bea.json("POST", "/api/v1/me/second-factor", &json!({})).expect(201).json();
    let code = code_of(&begun["secret"].as_str().expect("a secret").replace(' ', ""));
    bea.json("POST", "/api/v1/me/second-factor/confirm", &json!({"code": code})).expect(200);
    assert!(signs_in_to(served.port, "bea@firm.example").starts_with("/sign-in/second-step"));
    assert_eq!(run(&data, &["user", "reset-second-factor"]).code, 2);
    for unknown in ["nobody@firm.example", "no address"] {
        let refused = run(&data, &["user", "reset-second-factor", unknown, "--json"]);
        assert_eq!((refused.code, &refused.json()["error"]["kind"]), (3, &json!("bad_input")), "{refused:?}");
    }
    assert!(
        signs_in_to(served.port, "bea@firm.example").starts_with("/sign-in/second-step"),
        "a refusal changes nothing"
    );
    let reset = run(&data, &["user", "reset-second-factor", "bea@firm.example"]);
    assert_eq!(reset.code, 0, "{reset:?}");
    assert!(reset.out.contains("no second factor any more"), "{reset:?}");
    assert_eq!(me(&mut bea), 401);
    assert_eq!(signs_in_to(served.port, "bea@firm.example"), "/");
}

/// Follows a list written to a file.
fn sync(folder: &Path, list: &str, flags: &[&str]) -> (i32, Value) {
    let file = folder.join("people.csv");
    std::fs::write(&file, list).expect("written");
    let path = file.display().to_string();
    let said = run(&folder.join("data"), &[&["user", "sync", path.as_str(), "--json"], flags].concat());
    (said.code, said.json())
}

#[test]
fn who_is_not_on_the_list_is_out_with_the_next_request() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let served = Served::start(folder.path(), &[]);
    let mut ada = served.set_up(PASSWORD);
    let mut people: Vec<Client> = ["bea", "carl", "dan"]
        .iter()
        .map(|name| joined(&served, &data, &format!("{name}@firm.example")))
        .collect();
    let mut feed = program_of(&mut people[2], served.port);
    let everybody = "email\nada@firm.example\nbea@firm.example\ncarl@firm.example\n";

    let missing = run(&data, &["user", "sync", "/no/such/list.csv"]);
    assert!(missing.code == 3 && missing.error.contains("could not read `/no/such/list.csv`"), "{missing:?}");
    assert_eq!(sync(folder.path(), "name\nAda\n", &[]).0, 3, "no column `email`");
    let (code, told) =
        sync(folder.path(), "email,state\nada@firm.example,here\nbea@firm.example,on the moon\n,here\n", &[]);
    let details = told["error"]["details"].as_array().cloned().unwrap_or_default();
    assert_eq!((code, details.len()), (3, 2), "every bad row is told: {told}");
    let (code, told) = sync(folder.path(), "email\nada@firm.example\n", &[]);
    assert_eq!(code, 3, "three of four are more than a third: {told}");
    let (code, told) = sync(folder.path(), everybody, &["--check"]);
    assert_eq!(
        (code, &told["done"], &told["suspended"][0]["email"]),
        (0, &json!(false), &json!("dan@firm.example")),
        "{told}"
    );
    let all: Vec<u16> = people.iter_mut().map(me).collect();
    assert_eq!((all, me(&mut feed)), (vec![200, 200, 200], 200), "refusals and a check change nothing");

    let (code, told) = sync(folder.path(), everybody, &[]);
    assert_eq!((code, &told["done"]), (0, &json!(true)), "{told}");
    let all: Vec<u16> = people.iter_mut().map(me).collect();
    assert_eq!((all, me(&mut feed), me(&mut ada)), (vec![200, 200, 401], 401, 200));
    Client::at(served.port)
        .form("/sign-in", &[("email", "dan@firm.example"), ("password", PASSWORD)])
        .expect(422);
    let (code, told) = sync(folder.path(), "email\nada@firm.example\n", &["--force"]);
    assert_eq!((code, told["suspended"].as_array().map(Vec::len)), (0, Some(2)), "{told}");
    assert_eq!((me(&mut people[0]), me(&mut ada)), (401, 200));
}
