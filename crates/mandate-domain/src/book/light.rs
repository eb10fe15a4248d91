//! Light mode: which fields a firm of few clients is not asked for at once.
//!
//! They are not gone: forms keep them one click away, and show whichever is stated. Nothing is refused for being light.

use super::Kind;

impl Kind {
    /// Whether a form in light mode leaves `field` to what is shown on demand. Never a required one.
    pub fn is_beyond_light(self, field: &str) -> bool {
        let beyond: &[&str] = match self {
            Self::Account => &["external_id", "tier", "parent", "negotiator"],
            Self::Person => &["external_id", "team", "authority", "reports_to", "left_on", "successor"],
            Self::Contract => &[
                "external_id",
                "kind",
                "parent",
                "renewal_months",
                "renewal_clause",
                "notice_clause",
                "price_change_clause",
            ],
            Self::ContractLine => &["external_id", "price_per", "list_price", "unit_cost"],
            Self::Product => &["external_id", "product_manager", "line_of_business"],
            Self::Promise => &[
                "external_id",
                "occasion",
                "clause",
                "product",
                "delivery_owner",
                "settled_on",
                "evidence",
                "handover",
                "handover_by",
                "handover_on",
                "handover_words",
            ],
            Self::Expectation => &[
                "external_id",
                "manager",
                "acknowledged_by_us_on",
                "acknowledged_by_client_on",
                "perceived_on",
                "actual",
                "settled_on",
            ],
            Self::Opportunity => {
                &["external_id", "product", "probability", "trusted_by", "closed_on", "reason"]
            }
            Self::Amendment => &["external_id", "number", "signed_on", "effective_until", "price_change_on"],
            Self::ListPrice | Self::Actual => &["external_id", "price_per", "volume", "cost"],
            _ => &["external_id"],
        };
        beyond.contains(&field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_required_is_left_to_demand() {
        for kind in Kind::ALL {
            for spec in kind.fields().iter().filter(|spec| spec.required) {
                assert!(!kind.is_beyond_light(spec.name), "{kind:?} needs {}", spec.name);
            }
        }
    }

    #[test]
    fn what_is_named_here_is_a_field() {
        let asked = |kind: Kind| kind.fields().iter().filter(|spec| kind.is_beyond_light(spec.name)).count();
        assert_eq!(asked(Kind::Account), 4);
        assert_eq!(asked(Kind::Person), 6);
        assert_eq!(asked(Kind::Contract), 7);
        assert_eq!(asked(Kind::ContractLine), 4);
        assert_eq!(asked(Kind::Promise), 11);
        assert_eq!(asked(Kind::Expectation), 7);
        assert_eq!(asked(Kind::Opportunity), 6);
    }
}
