//! Twenty leaks as products have had them, planted in what the program answers: each must be found by the comparison.
//!
//! A leak tells only on the kind of request on which such a leak tells, so that each also shows that the observer's program comes
//! that way. The wall itself is removed in the product's own layers (`secrets::remove_the_wall`).

use super::observer::Told;
use super::secrets::Planted;

/// A leak.
pub struct Leak {
    pub name: &'static str,
    pub leaks: fn(Told, &Planted) -> Told,
}

/// A number that depends on every secret.
fn sum(planted: &Planted) -> usize {
    planted.cost as usize
        + planted.n_notes
        + planted.note.len()
        + planted.name.bytes().map(usize::from).sum::<usize>()
}

fn with_text(mut told: Told, when: bool, text: &str) -> Told {
    if when {
        told.bytes.extend_from_slice(text.as_bytes());
    }
    told
}

fn with_header(mut told: Told, when: bool, name: &str, value: String) -> Told {
    if when {
        told.headers.retain(|(kept, _)| kept != name);
        told.headers.push((name.to_owned(), value));
    }
    told
}

fn asks(told: &Told, parts: &[&str]) -> bool {
    parts.iter().all(|part| told.asked.contains(part))
}

/// The twenty.
pub const LEAKS: [Leak; 20] = [
    Leak {
        name: "a filter on a hidden field finds",
        leaks: |told, it| {
            let when = (asks(&told, &["f=unit_cost"]) || asks(&told, &["filter=unit_cost"]))
                && sum(it).is_multiple_of(2);
            with_text(told, when, "one row")
        },
    },
    Leak {
        name: "an order by a hidden field",
        leaks: |mut told, it| {
            if asks(&told, &["sort="])
                && (asks(&told, &["cost"]) || asks(&told, &["note"]))
                && sum(it).is_multiple_of(2)
            {
                told.bytes.reverse();
            }
            told
        },
    },
    Leak {
        name: "a count",
        leaks: |told, it| {
            let when = asks(&told, &["GET /api/v1/"]) && told.bytes.starts_with(b"{");
            with_text(told, when, &format!("\"n_rows\":{}", sum(it)))
        },
    },
    Leak {
        name: "a snippet of a search",
        leaks: |told, it| {
            let when = asks(&told, &["/search", "q="]);
            with_text(told, when, &format!("{}{}", it.note, sum(it)))
        },
    },
    Leak {
        name: "what is offered while typing",
        leaks: |told, it| {
            let when = asks(&told, &["/choices.json"]);
            with_text(told, when, &format!("{}{}", it.name, sum(it)))
        },
    },
    Leak {
        name: "an error that a name is taken",
        leaks: |mut told, it| {
            if told.asked.starts_with("POST") && told.route.ends_with("/new") && sum(it).is_multiple_of(2) {
                told.status = 409;
            }
            told
        },
    },
    Leak {
        name: "403 instead of 404",
        leaks: |mut told, it| {
            if told.status == 404 && sum(it).is_multiple_of(2) {
                told.status = 403;
            }
            told
        },
    },
    Leak {
        name: "an ETag",
        leaks: |told, it| with_header(told, true, "etag", format!("\"{}\"", sum(it) % 1_000)),
    },
    Leak {
        name: "a time of change",
        leaks: |told, it| {
            let when = asks(&told, &["GET /api/v1/"]);
            with_text(told, when, &format!("\"updated_at\":\"2026-11-21T09:00:{:02}Z\"", sum(it) % 60))
        },
    },
    Leak {
        name: "a length",
        leaks: |told, it| {
            let n = told.bytes.len() + sum(it) % 100;
            with_header(told, true, "content-length", n.to_string())
        },
    },
    Leak {
        name: "the total of pages",
        leaks: |told, it| {
            let when = asks(&told, &["limit="]);
            with_text(told, when, &format!("\"pages\":{}", sum(it) % 1_000))
        },
    },
    Leak {
        name: "a column of an export",
        leaks: |told, it| {
            let when = asks(&told, &[".csv"]);
            with_text(told, when, &format!(",{}", sum(it)))
        },
    },
    Leak {
        name: "a hidden sheet",
        leaks: |told, it| {
            let when = asks(&told, &[".xlsx"]);
            with_text(told, when, &sum(it).to_string())
        },
    },
    Leak {
        name: "the data about a PDF",
        leaks: |told, it| {
            let when = asks(&told, &[".pdf"]);
            with_text(told, when, &sum(it).to_string())
        },
    },
    Leak {
        name: "the subject of a mail",
        leaks: |mut told, it| {
            for mail in &mut told.mails {
                mail.push_str(&sum(it).to_string());
            }
            told
        },
    },
    Leak {
        name: "a line of the log",
        leaks: |mut told, it| {
            for line in &mut told.log {
                line.push_str(&sum(it).to_string());
            }
            told.log.push(format!("{}", sum(it)));
            told
        },
    },
    Leak {
        name: "how a job stands",
        leaks: |told, it| {
            let when = asks(&told, &["/jobs/"]);
            with_text(told, when, &sum(it).to_string())
        },
    },
    Leak {
        name: "a cache that forgets for whom",
        leaks: |told, it| {
            let when = asks(&told, &["GET /accounts/"]) || asks(&told, &["GET /portal/"]);
            with_text(told, when, &format!("{}{}", it.note, sum(it)))
        },
    },
    Leak {
        name: "a gap in the numbers of the audit record",
        leaks: |told, it| {
            let when = asks(&told, &["/history"]) || asks(&told, &["/audit/records/"]);
            with_text(told, when, &format!("record {}", sum(it) % 1_000))
        },
    },
    Leak {
        name: "the text of an error",
        leaks: |told, it| {
            let when = told.status >= 400;
            with_text(told, when, &format!("{}{}", it.name, sum(it)))
        },
    },
];
