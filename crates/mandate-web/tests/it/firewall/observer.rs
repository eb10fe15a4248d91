//! Who looks, what they ask, and what they are told: requests made from the route table, from words an attacker would try and from
//! links found in answers.
//!
//! The program of a seed is the same in every world, so that what it is told may be compared byte for byte. Only addresses of audit
//! records are renamed, by the order in which they come: they are hashes with a salt, different in every world and of nothing.

use std::collections::BTreeMap;

use axum::http::Method;
use mandate_domain::identity::Role;
use mandate_testing::TestDb;
use mandate_web::access::RouteRow;
use mandate_web::route_table;

use super::ears::Ears;
use super::secrets::{Chance, Secret};
use crate::access::allows;
use crate::addresses::{NEVER, address, order};
use crate::browser::{Answer, Browser};
use crate::seed::Firm;

/// Who looks.
pub struct Observer {
    /// The name in the seed; `anonymous` is nobody.
    pub name: &'static str,
    /// What they may not know.
    pub hidden: &'static [Secret],
}

use Secret::{Costs, Elsewhere, Notes};

/// Everybody from whom something is kept.
pub const OBSERVERS: [Observer; 7] = [
    Observer { name: "product_manager", hidden: &[Notes] },
    Observer { name: "client_member a", hidden: &[Costs, Notes, Elsewhere] },
    Observer { name: "client_administrator a", hidden: &[Costs, Notes, Elsewhere] },
    Observer { name: "account_manager", hidden: &[Costs, Elsewhere] },
    Observer { name: "compensation_administrator", hidden: &[Notes] },
    Observer { name: "delivery_lead", hidden: &[Costs, Notes] },
    Observer { name: "anonymous", hidden: &[Costs, Notes, Elsewhere] },
];

/// Routes that open for nobody in these worlds, each for a reason: links that are used up, a provider and a PDF writer that are
/// not there, uploads of somebody else.
pub const OPENS_NOWHERE: [&str; 17] = [
    "/setup/{secret}",
    "/password/{secret}",
    "/sign-in/link/{secret}",
    "/sign-in/provider",
    "/sign-in/callback",
    "/confirm/provider",
    "/import/book/{secret}",
    "/import/book/{secret}/errors.csv",
    "/api/v1/jobs/{id}",
    "/accounts/{id}/report.pdf",
    "/api/v1/accounts/{account}/report.pdf",
    "/facts/imports/{job}/errors.csv",
    "/import/jobs/{job}",
    "/import/jobs/{job}/errors.csv",
    "/metrics",
    "/views/{id}",
    "/api/v1/views/{id}",
];

impl Observer {
    /// Their browser; with the wall removed nobody looks with an administrator's eyes.
    pub fn browser(&self, service: &Browser, firm: &Firm, without_wall: bool) -> Browser {
        match firm.people.get(self.name) {
            Some(theirs) => service.as_in(theirs),
            None if without_wall => service.as_in(&firm.admin),
            None => service.stranger(),
        }
    }
}

/// An answer as it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// Method and address.
    pub asked: String,
    /// The route's template; empty for links and queries.
    pub route: String,
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub bytes: Vec<u8>,
    /// What the log said meanwhile.
    pub log: Vec<String>,
    /// Mails that were queued for them so far.
    pub mails: Vec<String>,
}

impl Told {
    /// Whether it holds the token in any form: as it is, with separators, base64, hex, UTF-16, or in a workbook's cells.
    pub fn holds(&self, token: &str) -> bool {
        let mut text = String::from_utf8_lossy(&self.bytes).into_owned();
        for (name, value) in &self.headers {
            text.push_str(&format!("\n{name}: {value}"));
        }
        text.push_str(&self.log.join("\n"));
        text.push_str(&self.mails.join("\n"));
        text.push_str(&cells(&self.bytes));
        forms(token).iter().any(|form| text.contains(form.as_str())) || {
            let wide: Vec<u8> = token.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let wider: Vec<u8> = token.encode_utf16().flat_map(u16::to_be_bytes).collect();
            [wide, wider].iter().any(|it| self.bytes.windows(it.len()).any(|window| window == it.as_slice()))
        }
    }

    /// Some of what stands around the token.
    pub fn around(&self, token: &str) -> String {
        let text = String::from_utf8_lossy(&self.bytes).into_owned();
        let at = text.find(token).unwrap_or_default();
        text.chars().skip(at.saturating_sub(120)).take(300).collect()
    }
}

/// The texts of a workbook's cells, hidden sheets too.
fn cells(bytes: &[u8]) -> String {
    use calamine::Reader as _;
    if !bytes.starts_with(b"PK") {
        return String::new();
    }
    let Ok(mut book) = calamine::Xlsx::new(std::io::Cursor::new(bytes)) else { return String::new() };
    let sheets = book.worksheets();
    sheets
        .iter()
        .flat_map(|(name, range)| {
            std::iter::once(name.clone()).chain(range.cells().map(|cell| cell.2.to_string()))
        })
        .collect::<Vec<_>>()
        .join("\n")
}

/// A token as it may be written.
fn forms(token: &str) -> Vec<String> {
    let hex: String = token.bytes().map(|byte| format!("{byte:02x}")).collect();
    let mut forms = vec![token.to_owned(), hex.to_uppercase(), hex];
    // In base64 it begins at one of three places; what stands safely inside is looked for.
    for shift in 0..3 {
        let padded = format!("{}{token}", "\0".repeat(shift));
        let coded = base64(padded.as_bytes());
        let inner: String = coded
            .chars()
            .skip(if shift == 0 { 0 } else { 4 })
            .take(((padded.len() / 3) * 4).saturating_sub(4))
            .collect();
        if inner.len() >= 8 {
            forms.push(inner);
        }
    }
    if let Ok(minor) = token.parse::<i64>() {
        let grouped = |mark: char| {
            let whole = (minor / 100).to_string();
            let (head, tail) = whole.split_at(whole.len() - 3);
            format!("{head}{mark}{tail}")
        };
        forms.extend([
            format!("{}.{:02}", minor / 100, minor % 100),
            grouped(','),
            grouped('.'),
            grouped('\u{202f}'),
        ]);
    }
    forms
}

fn base64(bytes: &[u8]) -> String {
    const SIGNS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let sign = |bits: u32| char::from(SIGNS[(bits & 63) as usize]);
    bytes
        .chunks(3)
        .flat_map(|chunk| {
            let at = |k: usize| u32::from(chunk.get(k).copied().unwrap_or_default());
            let bits = at(0) << 16 | at(1) << 8 | at(2);
            [sign(bits >> 18), sign(bits >> 12), sign(bits >> 6), sign(bits)]
        })
        .collect()
}

/// The first answer in which two transcripts differ, in words.
pub fn first_difference(one: &[Told], other: &[Told]) -> Option<String> {
    let (one, other) = (renamed(one), renamed(other));
    if one.len() != other.len() {
        return Some(format!("{} answers and {}", one.len(), other.len()));
    }
    let (a, b) = one.into_iter().zip(other).find(|(a, b)| a != b)?;
    if a.asked != b.asked {
        return Some(format!("`{}` was asked, and `{}`", a.asked, b.asked));
    }
    let mut what = vec![];
    if a.status != b.status {
        what.push(format!("status {} and {}", a.status, b.status));
    }
    if a.headers != b.headers {
        let odd: Vec<_> = a.headers.iter().filter(|it| !b.headers.contains(it)).collect();
        what.push(format!("headers {odd:?}"));
    }
    if a.bytes != b.bytes {
        let at = a
            .bytes
            .iter()
            .zip(&b.bytes)
            .position(|(a, b)| a != b)
            .unwrap_or(a.bytes.len().min(b.bytes.len()));
        let part = |bytes: &[u8]| {
            String::from_utf8_lossy(
                &bytes[at.saturating_sub(80).min(bytes.len())..(at + 120).min(bytes.len())],
            )
            .into_owned()
        };
        what.push(format!("at byte {at}: `{}` and `{}`", part(&a.bytes), part(&b.bytes)));
    }
    if a.log != b.log {
        what.push(format!("log {:?} and {:?}", a.log, b.log));
    }
    if a.mails != b.mails {
        what.push(format!("mail {:?} and {:?}", a.mails, b.mails));
    }
    Some(format!("`{}`: {}", a.asked, what.join("; ")))
}

/// The transcript with the hashes of audit records named in the order they come.
fn renamed(told: &[Told]) -> Vec<Told> {
    let mut names = BTreeMap::new();
    let mut all = told.to_vec();
    for it in &mut all {
        it.asked = rename(&it.asked, &mut names);
        for (_, value) in &mut it.headers {
            *value = rename(value, &mut names);
        }
        if let Ok(text) = std::str::from_utf8(&it.bytes) {
            it.bytes = rename(text, &mut names).into_bytes();
        }
    }
    all
}

fn rename(text: &str, names: &mut BTreeMap<String, usize>) -> String {
    let mut out = String::with_capacity(text.len());
    let mut word = String::new();
    for sign in text.chars().map(Some).chain(std::iter::once(None)) {
        let sign = sign.unwrap_or('\0');
        if sign.is_ascii_hexdigit() && !sign.is_ascii_uppercase() {
            word.push(sign);
            continue;
        }
        if word.len() == 64 {
            let n = names.len();
            out.push_str(&format!("hash-{}", names.entry(word.clone()).or_insert(n)));
        } else {
            out.push_str(&word);
        }
        word.clear();
        if sign != '\0' {
            out.push(sign);
        }
    }
    out
}

async fn ask(
    browser: &mut Browser,
    ears: &Ears,
    (method, path, route): (Method, &str, &str),
    headers: &[(&str, &str)],
    body: &str,
) -> (Told, Answer) {
    ears.take();
    let guard = ears.open();
    let answer = browser.request(method.clone(), path, headers, body.to_owned()).await;
    drop(guard);
    let kept = answer.headers.iter().filter(|(name, _)| !matches!(name.as_str(), "date" | "x-request-id"));
    let told = Told {
        asked: format!("{method} {path}"),
        route: route.to_owned(),
        status: answer.status.as_u16(),
        headers: kept
            .map(|(name, value)| (name.to_string(), String::from_utf8_lossy(value.as_bytes()).into_owned()))
            .collect(),
        bytes: answer.bytes.to_vec(),
        log: ears.take(),
        mails: vec![],
    };
    (told, answer)
}

/// Asks every route that reads, of both organisations and of what never was.
pub async fn sweep(firm: &Firm, who: &str, browser: &mut Browser) -> Vec<Told> {
    let ears = Ears::default();
    let mut told = vec![];
    for row in route_table().rows().iter().filter(|row| row.method == Method::GET) {
        for letter in ['a', 'b'] {
            let path = address(firm, row, who, letter).unwrap_or_else(|_| row.path.replace(['{', '}'], ""));
            told.push(ask(browser, &ears, (Method::GET, &path, &row.path), &[], "").await.0);
            if !row.path.contains('{') {
                break;
            }
        }
    }
    told
}

/// What an observer asks, one request after the other.
pub struct Program<'a> {
    firm: &'a Firm,
    chance: Chance,
    rows: Vec<RouteRow>,
    who: &'static str,
    links: Vec<String>,
    ears: Ears,
    /// Kind and text of what is sent next, where it is more than an empty form.
    attack: Option<(&'static str, String)>,
}

const PAGES: [&str; 13] = [
    "/portfolio",
    "/people",
    "/contracts",
    "/products",
    "/teams",
    "/lines-of-business",
    "/facts/cases",
    "/facts/measures",
    "/trash",
    "/actuals",
    "/coverage",
    "/growth",
    "/growth/cross-sell",
];
const LISTS: [&str; 9] = [
    "accounts",
    "people",
    "contracts",
    "contract-lines",
    "products",
    "cases",
    "measures",
    "imports",
    "audit",
];
const FIELDS: [&str; 18] = [
    "name",
    "title",
    "unit_cost",
    "unit_cost_minor",
    "margin",
    "text",
    "note",
    "n_notes",
    "author",
    "account",
    "account_id",
    "version",
    "updated_at",
    "annual_value",
    "candid",
    "subject_kind",
    "created_by",
    "state",
];
const WORDS: [&str; 10] =
    ["a", "zq", "Corwen", "Brackwell", "1", "12345678", "candid", "They", "key", "2026-10"];

impl<'a> Program<'a> {
    /// The program of `seed`: rows the observer may call come three times as often as the others.
    pub fn new(firm: &'a Firm, observer: &Observer, seed: u64) -> Self {
        let role = observer.name.split(' ').next().and_then(|word| Role::parse(word).ok());
        let all: Vec<RouteRow> = route_table().rows().iter().filter(|row| order(row) < 8).cloned().collect();
        let theirs = all
            .iter()
            .filter(|row| role.is_some_and(|role| allows(row.access, role)))
            .cloned()
            .collect::<Vec<_>>();
        let rows = [all, theirs.clone(), theirs].concat();
        Self {
            firm,
            chance: Chance::new(seed + 70_000),
            rows,
            who: observer.name,
            links: vec![],
            ears: Ears::default(),
            attack: None,
        }
    }

    /// Asks `n` times.
    pub async fn run(&mut self, db: &TestDb, browser: &mut Browser, n: usize) -> Vec<Told> {
        let mut told = vec![];
        for _ in 0..n {
            let (method, path, route) = self.next();
            let attack = self.attack.take();
            let tag = format!("\"{}\"", self.chance.below(3));
            let headers = match self.chance.below(6) {
                0 => vec![("if-none-match", tag.as_str())],
                _ => vec![("if-match", tag.as_str())],
            };
            let (kind, body) = match method {
                _ if attack.is_some() => attack.unwrap_or_default(),
                Method::GET => ("text/plain", String::new()),
                _ if path == "/sign-in/link" => {
                    ("application/x-www-form-urlencoded", "email=client-member%40client-a.example".to_owned())
                }
                _ if path.starts_with("/api/") => ("application/json", "{}".to_owned()),
                _ => ("application/x-www-form-urlencoded", "version=1&name=Corwen".to_owned()),
            };
            let headers = [headers, vec![("content-type", kind)]].concat();
            let (mut it, answer) = ask(browser, &self.ears, (method, &path, &route), &headers, &body).await;
            it.mails = mails(db).await;
            self.links.extend(links(&answer));
            told.push(it);
        }
        told
    }

    fn next(&mut self) -> (Method, String, String) {
        let get = |path: String| (Method::GET, path, String::new());
        let chance = &mut self.chance;
        let (field, word) = (*chance.pick(&FIELDS), *chance.pick(&WORDS));
        let op = *chance.pick(&["is", "has", "min", "max", "empty"]);
        let sign = *chance.pick(&["", "-"]);
        match chance.below(17) {
            0 | 1 => get(format!("{}?f={field}&op={op}&v={word}", chance.pick(&PAGES))),
            2 => get(format!("{}?sort={sign}{field}&col=name&col={field}", chance.pick(&PAGES))),
            3 => get(format!("/api/v1/{}?filter={field}:{op}:{word}", chance.pick(&LISTS))),
            4 => get(format!(
                "/api/v1/{}?sort={sign}{field}&limit={}",
                chance.pick(&LISTS),
                1 + chance.below(3)
            )),
            5 => get(format!("/api/v1/exports/{}.{}", chance.pick(&LISTS), chance.pick(&["csv", "xlsx"]))),
            6 => get(format!("{}?q={word}", chance.pick(&["/search", "/search.json", "/api/v1/search"]))),
            7 => get(format!(
                "/choices.json?kind={}&q={word}",
                chance.pick(&["account", "person", "contract", "contract_line"])
            )),
            8 | 9 if !self.links.is_empty() => {
                let link = chance.pick(&self.links).clone();
                get(link)
            }
            11 | 12 => self.write(),
            10 => (Method::POST, "/sign-in/link".to_owned(), "/sign-in/link".to_owned()),
            _ => {
                let row = chance.pick(&self.rows).clone();
                let letter = *chance.pick(&['a', 'a', 'b']);
                let path = match chance.below(12) {
                    0 => never(&row.path),
                    _ => address(self.firm, &row, self.who, letter).unwrap_or_else(|_| never(&row.path)),
                };
                (row.method, path, row.path)
            }
        }
    }
}

impl Program<'_> {
    /// A write whose refusal could tell what stands in a field they may not read: a line of theirs moved to a contract in another
    /// currency, changed in part, or checked as a file; or a person of a name that somebody has.
    fn write(&mut self) -> (Method, String, String) {
        let (line, yen) = (self.firm.id("line a").to_owned(), "FRAME-YEN");
        let volume = 900 + self.chance.below(3);
        let price = self.chance.pick(&["4", "12.50", "13.75"]).to_owned();
        let (method, path, route, body) = match self.chance.below(6) {
            0 => {
                let body = format!(
                    r#"[{{"external_id":"L-a","contract":"{yen}","unit_price":{volume},"list_price":4}}]"#
                );
                (Method::POST, "/api/v1/contract-lines/upsert".to_owned(), "", body)
            }
            1 => {
                let body = format!(r#"{{"contract":"{yen}","annual_volume":{volume}}}"#);
                (Method::PUT, format!("/api/v1/contract-lines/{line}"), "/api/v1/contract-lines/{id}", body)
            }
            2 => {
                let body = format!(r#"{{"annual_volume":{volume}}}"#);
                (Method::PUT, format!("/api/v1/contract-lines/{line}"), "/api/v1/contract-lines/{id}", body)
            }
            3 => {
                let text = format!("external_id,contract,unit_price\r\nL-a,{yen},{price}\r\n");
                self.attack = Some(("multipart/form-data; boundary=cut", upload(&text)));
                let path = "/api/v1/book-imports/check".to_owned();
                return (Method::POST, path.clone(), path);
            }
            4 => {
                let form = "side=client&name=Corwen".to_owned();
                self.attack = Some(("application/x-www-form-urlencoded", form));
                return (Method::POST, "/people/new".to_owned(), "/people/new".to_owned());
            }
            _ => {
                let text = format!("external_id,annual_volume\r\nL-a,{volume}\r\nL-b,{volume}\r\n");
                self.attack = Some(("multipart/form-data; boundary=cut", upload(&text)));
                let path = "/api/v1/book-imports/check".to_owned();
                return (Method::POST, path.clone(), path);
            }
        };
        self.attack = Some(("application/json", body));
        (method, path, route.to_owned())
    }
}

/// A file of contract lines as a browser sends it.
fn upload(text: &str) -> String {
    format!(
        "--cut\r\nContent-Disposition: form-data; name=\"kind\"\r\n\r\ncontract_lines\r\n--cut\r\n\
         Content-Disposition: form-data; name=\"file\"; filename=\"lines.csv\"\r\nContent-Type: text/csv\r\n\r\n{text}\r\n\
         --cut--\r\n"
    )
}

fn never(template: &str) -> String {
    template
        .split('/')
        .map(|part| if part.starts_with('{') { NEVER } else { part })
        .collect::<Vec<_>>()
        .join("/")
}

/// Links of a page that lead on within the program.
fn links(answer: &Answer) -> Vec<String> {
    let hrefs = answer.body.split("href=\"").skip(1).filter_map(|part| part.split('"').next());
    hrefs
        .filter(|href| href.starts_with('/') && !href.starts_with("/assets") && !href.contains("sign-out"))
        .map(|href| href.split('#').next().unwrap_or_default().replace("&amp;", "&"))
        .filter(|href| href.parse::<axum::http::Uri>().is_ok())
        .take(60)
        .collect()
}

/// What is queued for the client's people of organisation a, as whoever sends it reads it.
async fn mails(db: &TestDb) -> Vec<String> {
    let sql = "SELECT to_address, to_name, kind, subject, body FROM mail WHERE to_address LIKE '%client-a.example' ORDER BY created_at_us, id";
    let rows = db.read().await.fetch_all(sql, vec![]).await.expect("the mails");
    rows.iter()
        .map(|row| (0..5).map(|k| row.text(k).expect("a text")).collect::<Vec<_>>().join("\n"))
        .collect()
}
