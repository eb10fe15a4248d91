//! Two hundred people sign in at once: memory stays bounded, everybody is answered, others hardly notice.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::served::Served;

const PASSWORD: &str = "a quiet river 42 stones";
const N: usize = 200;
/// Memory of one hash, and how many are made at a time at most.
const HASH_KIB: u64 = 46 * 1024;
const MOST_AT_ONCE: u64 = 4;
/// What 200 connections and the other requests may take beside the hashes.
const MARGIN_KIB: u64 = 96 * 1024;

#[test]
fn two_hundred_sign_ins_at_once_are_answered_in_bounded_memory() {
    let folder = tempfile::tempdir().expect("a folder");
    // Each comes from an address of its own, as a proxy tells it; from one address most would be slowed down unhashed.
    let served = Served::start(folder.path(), &[("MANDATE_TRUST_PROXY", "true"), ("MANDATE_LOG", "warn")]);
    let (before, _) = served.memory_kib();
    let ada = served.set_up(PASSWORD);
    let stranger = crate::served::Client::at(served.port);
    let over = AtomicBool::new(false);
    let begun = Instant::now();
    let (answers, mut others) = std::thread::scope(|scope| {
        let tries: Vec<_> = (0..N)
            .map(|n| {
                let mut browser = stranger.clone();
                scope.spawn(move || {
                    // Three know the password, of whom no more may fail at once; the others guess.
                    let (email, password) = if n % 67 == 0 {
                        ("ada@firm.example".to_owned(), PASSWORD)
                    } else {
                        (format!("{n}@firm.example"), "guess")
                    };
                    let client = format!("192.0.2.{n}");
                    let headers = [
                        ("X-Forwarded-For", client.as_str()),
                        ("Content-Type", "application/x-www-form-urlencoded"),
                    ];
                    let form = format!("email={email}&password={}", password.replace(' ', "+"));
                    let answer = browser.ask("POST", "/sign-in", &headers, form.as_bytes());
                    (password == PASSWORD, answer)
                })
            })
            .collect();
        let others = scope.spawn(|| {
            let (mut ada, mut took) = (ada.clone(), vec![]);
            while !over.load(Ordering::Relaxed) {
                let begun = Instant::now();
                ada.get("/api/v1/accounts").expect(200);
                took.push(begun.elapsed());
                std::thread::sleep(Duration::from_millis(10));
            }
            took
        });
        let answers: Vec<_> = tries.into_iter().map(|it| it.join().expect("an answer")).collect();
        over.store(true, Ordering::Relaxed);
        (answers, others.join().expect("others"))
    });
    let took = begun.elapsed();
    let (_, most) = served.memory_kib();
    let n_slowed = answers.iter().filter(|(_, answer)| matches!(answer.status, 429 | 503)).count();
    for (knows, answer) in &answers {
        match answer.status {
            303 => assert!(*knows, "a guess got in: {answer:?}"),
            422 => assert!(!knows, "who knows the password was refused: {answer:?}"),
            429 | 503 => assert!(!answer.header("retry-after").is_empty(), "{answer:?}"),
            _ => panic!("{answer:?}"),
        }
    }
    others.sort();
    let (median, slow) = (others[others.len() / 2], others[others.len() * 95 / 100]);
    let rise = most.saturating_sub(before);
    eprintln!(
        "{N} sign-ins in {took:.1?}, {n_slowed} told to come again; memory rose by {} MiB; {} other requests meanwhile: median {median:.1?}, \
         95 % within {slow:.1?}",
        rise / 1024,
        others.len()
    );
    assert!(rise <= MOST_AT_ONCE * HASH_KIB + MARGIN_KIB, "memory rose by {rise} KiB");
    assert!(
        others.len() > 10 && slow < Duration::from_secs(2),
        "{} others, 95 % within {slow:?}",
        others.len()
    );
}
