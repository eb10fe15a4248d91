//! Which fields of other records one row may carry besides its own: `account.name` beside a person, `contract.account.name` beside
//! a contract line.
//!
//! A relation goes along a field that names one record of another kind, and from there once more; no kind comes twice, so that one
//! row never speaks of two records of a kind. Dotted names are fields like any other to mappings, pages and errors. Of people only
//! ours come beside another record, and only with what names them: who a client's person is takes a row of its own.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use mandate_domain::book::{Kind, Shape, Spec};

use super::known_by::name_field;

/// The kinds that come beside others.
const RELATED: [Kind; 6] =
    [Kind::LineOfBusiness, Kind::Team, Kind::Product, Kind::Account, Kind::Contract, Kind::Person];
/// The way from a client's person to the one of ours who is in touch with them: no field of a person, but an acquaintance.
pub(super) const IN_TOUCH: &str = "in_touch_with";
/// What rows may say of a person of ours.
const NAMES_A_PERSON: [&str; 3] = ["external_id", "name", "email"];

/// A record that a row's record names, and what the row may say of it.
#[derive(Debug)]
pub struct Relation {
    /// The way to it: `account`, `contract.account`.
    pub path: &'static str,
    /// The last step of the way, a field of the record above.
    pub field: &'static str,
    /// The way to the record above; empty: the row's own.
    pub above: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Its fields, named along the way.
    pub specs: Vec<Spec>,
}

impl Relation {
    /// The name along the way of one of its fields.
    pub fn dotted(&self, field: &str) -> Option<&'static str> {
        self.specs.iter().map(|spec| spec.name).find(|name| self.inner(name) == Some(field))
    }

    /// The field that a name along this way means.
    pub fn inner<'a>(&self, name: &'a str) -> Option<&'a str> {
        let field = name.strip_prefix(self.path)?.strip_prefix('.')?;
        self.kind.fields().iter().any(|spec| spec.name == field).then_some(field)
    }

    /// The field that has its name.
    pub(super) fn name_field(&self) -> &'static str {
        name_field(self.kind)
    }
}

/// What rows of `kind` may carry, the nearest first.
pub fn relations(kind: Kind) -> &'static [Relation] {
    static ALL: OnceLock<BTreeMap<Kind, Vec<Relation>>> = OnceLock::new();
    let all = ALL.get_or_init(|| Kind::ALL.into_iter().map(|kind| (kind, found(kind))).collect());
    all.get(&kind).map(Vec::as_slice).unwrap_or_default()
}

/// The fields that rows of `kind` may carry besides their own.
pub fn related_fields(kind: Kind) -> impl Iterator<Item = Spec> {
    relations(kind).iter().flat_map(|relation| relation.specs.iter().copied())
}

fn found(kind: Kind) -> Vec<Relation> {
    let mut found = vec![];
    let mut taken = vec![kind];
    let mut above: Vec<(&'static str, Kind)> = vec![("", kind)];
    for _ in 0..2 {
        let mut next = vec![];
        for (way, kind) in above {
            for spec in kind.fields() {
                let Shape::Reference(related) = spec.shape else { continue };
                if !RELATED.contains(&related) || taken.contains(&related) {
                    continue;
                }
                taken.push(related);
                let path = joined(way, spec.name);
                let said = |inner: &&Spec| related != Kind::Person || NAMES_A_PERSON.contains(&inner.name);
                let specs = related.fields().iter().filter(said).map(|inner| Spec {
                    name: joined(path, inner.name),
                    required: false,
                    ..*inner
                });
                let relation =
                    Relation { path, field: spec.name, above: way, kind: related, specs: specs.collect() };
                found.push(relation);
                if related != Kind::Person {
                    next.push((path, related));
                }
            }
        }
        above = next;
    }
    if kind == Kind::Person {
        found.push(in_touch());
    }
    found
}

/// The one of ours who is in touch with a client's person.
fn in_touch() -> Relation {
    let said = Kind::Person.fields().iter().filter(|inner| NAMES_A_PERSON.contains(&inner.name));
    let specs = said.map(|inner| Spec { name: joined(IN_TOUCH, inner.name), required: false, ..*inner });
    Relation { path: IN_TOUCH, field: IN_TOUCH, above: "", kind: Kind::Person, specs: specs.collect() }
}

/// Once for each field of the program, so nothing of a request is kept.
fn joined(way: &'static str, field: &'static str) -> &'static str {
    if way.is_empty() { field } else { format!("{way}.{field}").leak() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_speaks_of_each_kind_once() {
        let ways =
            |kind| -> Vec<(&str, Kind)> { relations(kind).iter().map(|it| (it.path, it.kind)).collect() };
        assert_eq!(
            ways(Kind::Person),
            [
                ("account", Kind::Account),
                ("team", Kind::Team),
                ("team.line_of_business", Kind::LineOfBusiness),
                (IN_TOUCH, Kind::Person)
            ]
        );
        assert_eq!(
            ways(Kind::ContractLine),
            [
                ("contract", Kind::Contract),
                ("product", Kind::Product),
                ("contract.account", Kind::Account),
                ("product.product_manager", Kind::Person),
                ("product.line_of_business", Kind::LineOfBusiness)
            ]
        );
        assert_eq!(ways(Kind::Account), [("account_manager", Kind::Person)]);
        let specs = relations(Kind::Account).iter().flat_map(|it| it.specs.iter().map(|spec| spec.name));
        let said = ["account_manager.external_id", "account_manager.name", "account_manager.email"];
        assert_eq!(specs.collect::<Vec<_>>(), said);
        for kind in Kind::ALL {
            for relation in relations(kind) {
                assert!(relation.kind != kind || relation.path == IN_TOUCH);
                let has = |field: &str| relation.dotted(field).is_some();
                assert!(has("external_id") && has(relation.name_field()), "{}", relation.path);
            }
        }
    }
}
