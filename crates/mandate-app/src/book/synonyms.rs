//! What columns are called in exports and spreadsheets, in English and German, and which field that means.
//!
//! Words are compared folded: without case, accents and signs between them. The first that fits decides, a kind's own words before
//! those of every kind. Not here: what is proposed from them (`guess`).

use mandate_domain::book::Kind;
use mandate_domain::text::fold;

use super::import_rows::{FIRST_NAME, LAST_NAME};
use super::relations::IN_TOUCH;

/// The field that a column's name means in English or German, as exports and spreadsheets have it.
pub(super) fn synonym(kind: Kind, head: &str) -> Option<&'static str> {
    let word = plain(head);
    let of_kind =
        SYNONYMS.iter().filter(|(kinds, _, words)| kinds.contains(&kind) && words.contains(&word.as_str()));
    of_kind.min_by_key(|(kinds, _, _)| kinds.len()).map(|(_, field, _)| *field)
}

/// As [`synonym`], of another kind than the file's: only words that are its own, since `name` or `id` alone mean the file's.
pub(super) fn synonym_beside(kind: Kind, head: &str) -> Option<&'static str> {
    let word = plain(head);
    let says = |field: &str| ["currency", "time_zone"].contains(&field);
    let mut own = SYNONYMS
        .iter()
        .filter(|(kinds, field, _)| kinds.contains(&kind) && (kinds.len() == 1 || says(field)));
    let said = own.find(|(_, _, words)| words.contains(&word.as_str())).map(|(_, field, _)| *field);
    // A field's own name says it, too, but not where any record has such a field.
    said.or_else(|| {
        let named = kind.fields().iter().find(|spec| plain(spec.name) == word);
        named.map(|spec| spec.name).filter(|field| !OF_ANY.contains(field))
    })
}

/// What a row's product is called, on a contract's lines and in figures alike.
const PRODUCT: &[&str] = &[
    "product id",
    "product code",
    "product name",
    "service",
    "sku",
    "produkt",
    "artikel",
    "artikelnummer",
    "leistung",
];

/// Fields that a file's own records have rather than those beside them.
const OF_ANY: &[&str] =
    &["external_id", "name", "title", "kind", "account", "parent", "email", "phone", "role", "side"];

fn plain(head: &str) -> String {
    let word = fold(head).replace(['_', '-', '.', ':', '/', '(', ')', '%'], " ");
    word.split_whitespace().collect::<Vec<_>>().join(" ")
}

const EVERY: &[Kind] = &Kind::ALL;
const ACCOUNTS: &[Kind] = &[Kind::Account];
const PEOPLE: &[Kind] = &[Kind::Person];
const CONTRACTS: &[Kind] = &[Kind::Contract];
const LINES: &[Kind] = &[Kind::ContractLine];
const PRODUCTS: &[Kind] = &[Kind::Product];
const PRICES: &[Kind] = &[Kind::ListPrice];
const OPPORTUNITIES: &[Kind] = &[Kind::Opportunity];
const ACTUALS: &[Kind] = &[Kind::Actual];

const SYNONYMS: &[(&[Kind], &str, &[&str])] = &[
    (
        ACCOUNTS,
        "external_id",
        &[
            "account id",
            "customer id",
            "client id",
            "company id",
            "accountid",
            "kundennummer",
            "kunden nr",
            "kundennr",
            "debitor",
            "associated company ids primary",
            "primary associated company id",
            "associated company ids",
            "associated company id",
        ],
    ),
    (
        PEOPLE,
        "external_id",
        &["contact id", "person id", "user id", "kontakt id", "personalnummer", "ansprechpartner id"],
    ),
    (
        CONTRACTS,
        "external_id",
        &[
            "contract id",
            "contract number",
            "contract no",
            "agreement id",
            "vertragsnummer",
            "vertrag nr",
            "vertragsnr",
        ],
    ),
    (LINES, "external_id", &["line id", "contract line id", "positionsnummer", "position", "pos"]),
    (
        PRODUCTS,
        "external_id",
        &["product id", "product code", "sku", "artikelnummer", "artikel nr", "produktnummer"],
    ),
    (
        EVERY,
        "external_id",
        &["id", "record id", "key", "sys id", "number", "nummer", "nr", "schlussel", "externe id"],
    ),
    (
        ACCOUNTS,
        "name",
        &[
            "account name",
            "account",
            "customer",
            "customer name",
            "company",
            "company name",
            "primary company",
            "associated company",
            "client",
            "organization",
            "organisation",
            "kunde",
            "kundenname",
            "firma",
            "firmenname",
            "unternehmen",
        ],
    ),
    (
        PEOPLE,
        "name",
        &[
            "full name",
            "contact",
            "contact name",
            "display name",
            "person",
            "vollstandiger name",
            "ansprechpartner",
            "kontakt",
        ],
    ),
    (PEOPLE, FIRST_NAME, &["first name", "firstname", "given name", "vorname"]),
    (
        PEOPLE,
        LAST_NAME,
        &["last name", "lastname", "surname", "family name", "nachname", "familienname", "zuname"],
    ),
    (
        PRODUCTS,
        "name",
        &["product", "product name", "service", "produkt", "artikel", "bezeichnung", "leistung"],
    ),
    (EVERY, "name", &["title", "bezeichnung"]),
    (ACCOUNTS, "industry", &["sector", "branche", "industrie"]),
    (
        ACCOUNTS,
        "country",
        &["country region", "billing country", "land", "staat", "country code", "landercode"],
    ),
    (ACCOUNTS, "tier", &["segment", "class", "klasse", "kategorie"]),
    (
        ACCOUNTS,
        "annual_value",
        &["arr", "acv", "annual contract value", "jahreswert", "vertragswert", "jahresumsatz", "umsatz"],
    ),
    (
        ACCOUNTS,
        "parent",
        &[
            "parent account",
            "parent company",
            "parent account id",
            "parent id",
            "parentid",
            "parent",
            "muttergesellschaft",
            "konzern",
            "ubergeordneter kunde",
        ],
    ),
    (
        ACCOUNTS,
        "account_manager",
        &[
            "account owner",
            "company owner",
            "owner",
            "manager",
            "kundenbetreuer",
            "betreuer",
            "kam",
            "vertriebsmitarbeiter",
        ],
    ),
    (
        EVERY,
        "currency",
        &[
            "currency",
            "currency code",
            "currency iso code",
            "currencyisocode",
            "account currency",
            "company currency",
            "contract currency",
            "wahrung",
            "waehrung",
        ],
    ),
    (EVERY, "time_zone", &["timezone", "tz", "zeitzone"]),
    (
        PEOPLE,
        "account",
        &[
            "account id",
            "accountid",
            "account name",
            "company",
            "company name",
            "customer",
            "organization",
            "organisation",
            "client",
            "firma",
            "kunde",
            "kundennummer",
            "unternehmen",
        ],
    ),
    (
        PEOPLE,
        IN_TOUCH,
        &[
            "contact owner",
            "owner",
            "owner name",
            "record owner",
            "in touch with",
            "kontaktinhaber",
            "inhaber",
            "betreuer",
            "zustandig",
        ],
    ),
    (PEOPLE, "side", &["seite"]),
    (PEOPLE, "job_title", &["title", "job", "function", "position", "funktion", "stellung", "titel"]),
    (PEOPLE, "role", &["rolle"]),
    (
        PEOPLE,
        "email",
        &["e mail", "mail", "email address", "e mail address", "e mail adresse", "mailadresse"],
    ),
    (
        PEOPLE,
        "phone",
        &[
            "phone number",
            "telephone",
            "tel",
            "mobile",
            "business phone",
            "telefon",
            "telefonnummer",
            "rufnummer",
            "handy",
        ],
    ),
    (
        CONTRACTS,
        "account",
        &["account name", "account id", "customer", "client", "company", "kunde", "kundennummer", "firma"],
    ),
    (
        CONTRACTS,
        "title",
        &[
            "contract",
            "contract name",
            "name",
            "subject",
            "agreement",
            "vertrag",
            "vertragsname",
            "bezeichnung",
            "titel",
        ],
    ),
    (CONTRACTS, "kind", &["type", "contract type", "vertragsart", "art", "typ"]),
    (CONTRACTS, "parent", &["master agreement", "parent contract", "rahmenvertrag"]),
    (
        CONTRACTS,
        "starts_on",
        &["start", "start date", "starts", "effective date", "beginn", "vertragsbeginn", "gultig ab", "ab"],
    ),
    (
        CONTRACTS,
        "ends_on",
        &[
            "end",
            "end date",
            "ends",
            "expiry",
            "expiration date",
            "ende",
            "vertragsende",
            "gultig bis",
            "bis",
        ],
    ),
    (
        CONTRACTS,
        "renewal",
        &[
            "auto renew",
            "auto renewal",
            "automatic renewal",
            "renews automatically",
            "automatische verlangerung",
            "verlangert sich automatisch",
        ],
    ),
    (CONTRACTS, "renews_on", &["renewal", "renewal date", "verlangerung", "verlangert am"]),
    (
        CONTRACTS,
        "notice_months",
        &["notice months", "notice period months", "kundigungsfrist monate", "kundigungsfrist in monaten"],
    ),
    (
        CONTRACTS,
        "notice_days",
        &["notice", "notice period", "notice period days", "kundigungsfrist", "kundigungsfrist tage"],
    ),
    (
        LINES,
        "contract",
        &[
            "contract id",
            "contract no",
            "agreement id",
            "vertrag nr",
            "contract number",
            "contract name",
            "vertrag",
            "vertragsnummer",
        ],
    ),
    (LINES, "product", PRODUCT),
    (LINES, "annual_volume", &["volume", "quantity", "qty", "menge", "jahresmenge", "stuckzahl", "anzahl"]),
    (LINES, "unit_price", &["price", "sales price", "rate", "preis", "einzelpreis", "stuckpreis"]),
    (LINES, "list_price", &["list price", "listenpreis"]),
    (LINES, "unit_cost", &["cost", "kosten", "stuckkosten", "einstandspreis"]),
    (LINES, "price_per", &["per", "price unit", "preiseinheit", "je"]),
    (PRODUCTS, "unit", &["unit of measure", "uom", "einheit", "mengeneinheit"]),
    (PRODUCTS, "product_manager", &["product owner", "produktmanager", "produktverantwortlicher"]),
    (
        PRODUCTS,
        "line_of_business",
        &["business line", "family", "product family", "geschaftsbereich", "sparte"],
    ),
    (
        PRICES,
        "product",
        &[
            "product id",
            "product code",
            "product",
            "product name",
            "sku",
            "artikelnummer",
            "artikel nr",
            "produktnummer",
            "artikel",
            "produkt",
        ],
    ),
    (
        PRICES,
        "price",
        &[
            "list price",
            "unit price",
            "sales price",
            "listenpreis",
            "preis",
            "einzelpreis",
            "verkaufspreis",
            "preis netto",
            "netto",
        ],
    ),
    (PRICES, "price_per", &["per", "price unit", "preiseinheit", "je"]),
    (
        PRICES,
        "valid_from",
        &["valid from", "effective from", "effective date", "start date", "gultig ab", "ab"],
    ),
    (PRICES, "note", &["notes", "comment", "bemerkung", "hinweis"]),
    (
        ACTUALS,
        "account",
        &["account name", "account id", "customer", "client", "company", "kunde", "kundennummer", "firma"],
    ),
    (ACTUALS, "product", PRODUCT),
    (ACTUALS, "month", &["period", "invoice month", "invoice date", "monat", "periode", "rechnungsmonat"]),
    (
        ACTUALS,
        "revenue",
        &[
            "invoiced",
            "invoiced revenue",
            "invoiced amount",
            "amount",
            "net",
            "net amount",
            "umsatz",
            "betrag",
            "netto",
        ],
    ),
    (ACTUALS, "volume", &["quantity", "qty", "units", "menge", "stuckzahl", "anzahl"]),
    (ACTUALS, "cost", &["costs", "kosten"]),
    (OPPORTUNITIES, "external_id", &["opportunity id", "deal id", "chance id", "verkaufschance id"]),
    (
        OPPORTUNITIES,
        "title",
        &["opportunity name", "deal name", "name", "opportunity", "deal", "verkaufschance", "bezeichnung"],
    ),
    (
        OPPORTUNITIES,
        "account",
        &["account name", "account id", "company", "company name", "customer", "client", "kunde", "firma"],
    ),
    (OPPORTUNITIES, "annual_value", &["amount", "value", "betrag", "wert"]),
    (OPPORTUNITIES, "probability", &["wahrscheinlichkeit"]),
    (OPPORTUNITIES, "expected_on", &["close date", "expected close date", "abschlussdatum", "schlusstermin"]),
    (OPPORTUNITIES, "opened_on", &["created date", "create date", "created", "erstellt am", "angelegt am"]),
    (OPPORTUNITIES, "product", &["product name", "produkt"]),
    (OPPORTUNITIES, "owner", &["opportunity owner", "deal owner", "verantwortlich"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_known_in_english_and_german_and_every_synonym_names_a_field() {
        assert_eq!(synonym(Kind::Account, "Kunden-Nr."), Some("external_id"));
        assert_eq!(synonym(Kind::Contract, "Gültig ab"), Some("starts_on"));
        assert_eq!(synonym(Kind::Person, "E-Mail"), Some("email"));
        assert_eq!(synonym(Kind::Person, "Shoe size"), None);
        for (kinds, field, _) in
            SYNONYMS.iter().filter(|(_, field, _)| ![FIRST_NAME, LAST_NAME, IN_TOUCH].contains(field))
        {
            let knows = |kind: &&Kind| kind.fields().iter().any(|spec| spec.name == *field);
            assert!(kinds.iter().any(|kind| knows(&kind)), "{field}");
        }
    }

    #[test]
    fn beside_another_record_only_a_kinds_own_words_count() {
        assert_eq!(synonym_beside(Kind::Account, "Kundennummer"), Some("external_id"));
        assert_eq!(synonym_beside(Kind::Product, "Bezeichnung"), Some("name"));
        assert_eq!(synonym_beside(Kind::Account, "Id"), None);
        assert_eq!(synonym_beside(Kind::Account, "Title"), None);
    }
}
