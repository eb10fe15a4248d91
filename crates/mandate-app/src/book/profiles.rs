//! Profiles: ready mappings for the exports of programs that firms come from.
//!
//! A profile fits when every column that marks it is in the header; further columns it knows are mapped, the rest is left
//! out. Whether it was tested on a public example of such an export is said with it, and on its page of the guide.

use mandate_domain::book::Kind;

use super::import_rows::{FIRST_NAME, LAST_NAME};
use super::mapping::Mapping;

/// A ready mapping.
#[derive(Debug)]
pub struct Profile {
    /// Its name on the command line and in the API.
    pub name: &'static str,
    /// What the export holds.
    pub kind: Kind,
    /// Columns without which it is no such export.
    marks: &'static [&'static str],
    /// Which field each column holds.
    columns: &'static [(&'static str, &'static str)],
    /// What every row has.
    fixed: &'static [(&'static str, &'static str)],
}

impl Profile {
    /// Its columns and fields.
    pub fn columns(&self) -> &'static [(&'static str, &'static str)] {
        self.columns
    }

    /// What its program calls itself.
    pub fn title(&self) -> &'static str {
        match self.name {
            "hubspot" => "HubSpot",
            "jira" => "Jira Service Management",
            "salesforce" => "Salesforce",
            "servicenow" => "ServiceNow",
            "zendesk" => "Zendesk",
            other => other,
        }
    }

    /// Whether it was tested on a public example of such an export.
    pub fn is_tested(&self) -> bool {
        TESTED.contains(&(self.name, self.kind))
    }

    fn fits(&self, header: &[String]) -> bool {
        self.marks.iter().all(|mark| header.iter().any(|head| head.trim().eq_ignore_ascii_case(mark)))
    }

    /// Maps those of its columns that `header` has.
    pub fn lay_over(&self, mapping: &mut Mapping, header: &[String]) {
        // Of several columns that could hold a field the first of the profile does.
        for (name, field) in self.columns {
            let head = header.iter().find(|head| head.trim().eq_ignore_ascii_case(name));
            if let Some(head) = head.filter(|_| !mapping.columns.values().any(|taken| taken == field)) {
                mapping.columns.insert(head.clone(), (*field).to_owned());
            }
        }
        for (field, value) in self.fixed {
            mapping.fixed.insert((*field).to_owned(), (*value).to_owned());
        }
    }
}

/// The profile of a program's export of `kind`.
pub fn profile(name: &str, kind: Kind) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.name == name && profile.kind == kind)
}

/// The profile that fits a header.
pub(super) fn fitting(kind: Kind, header: &[String]) -> Option<&'static Profile> {
    PROFILES.iter().find(|profile| profile.kind == kind && profile.fits(header))
}

/// Those that were tested on headers of public examples.
const TESTED: &[(&str, Kind)] = &[("hubspot", Kind::Account), ("hubspot", Kind::Person)];

/// Every profile.
pub const PROFILES: &[Profile] = &[
    Profile {
        name: "salesforce",
        kind: Kind::Account,
        marks: &["Id", "Name", "ParentId"],
        columns: &[
            ("Id", "external_id"),
            ("Name", "name"),
            ("ParentId", "parent"),
            ("Industry", "industry"),
            ("BillingCountry", "country"),
            ("BillingCountryCode", "country"),
            ("CurrencyIsoCode", "currency"),
        ],
        fixed: &[],
    },
    Profile {
        name: "salesforce",
        kind: Kind::Person,
        marks: &["Id", "AccountId", "LastName"],
        columns: &[
            ("Id", "external_id"),
            ("AccountId", "account"),
            ("FirstName", FIRST_NAME),
            ("LastName", LAST_NAME),
            ("Title", "job_title"),
            ("Email", "email"),
            ("Phone", "phone"),
            ("Contact Owner", "in_touch_with.name"),
            ("Owner.Name", "in_touch_with.name"),
            ("Owner", "in_touch_with.name"),
            ("Owner.Email", "in_touch_with.email"),
        ],
        fixed: &[("side", "client")],
    },
    Profile {
        name: "salesforce",
        kind: Kind::Product,
        marks: &["Id", "Name", "ProductCode"],
        columns: &[
            ("Id", "external_id"),
            ("Name", "name"),
            ("QuantityUnitOfMeasure", "unit"),
            ("Family", "line_of_business.name"),
        ],
        fixed: &[],
    },
    Profile {
        name: "salesforce",
        kind: Kind::ListPrice,
        marks: &["Id", "Product2Id", "UnitPrice"],
        columns: &[
            ("Id", "external_id"),
            ("Product2Id", "product.external_id"),
            ("Name", "product.name"),
            ("UnitPrice", "price"),
            ("CurrencyIsoCode", "currency"),
        ],
        fixed: &[],
    },
    Profile {
        name: "salesforce",
        kind: Kind::Contract,
        marks: &["Id", "AccountId", "ContractNumber", "StartDate"],
        columns: &[
            ("Id", "external_id"),
            ("AccountId", "account"),
            ("ContractNumber", "title"),
            ("StartDate", "starts_on"),
            ("EndDate", "ends_on"),
            ("CurrencyIsoCode", "currency"),
        ],
        fixed: &[],
    },
    Profile {
        name: "salesforce",
        kind: Kind::Opportunity,
        marks: &["Id", "AccountId", "StageName", "CloseDate"],
        columns: &[
            ("Id", "external_id"),
            ("AccountId", "account"),
            ("Name", "title"),
            ("StageName", "stage"),
            ("Amount", "annual_value"),
            ("Probability", "probability"),
            ("CloseDate", "expected_on"),
            ("CreatedDate", "opened_on"),
            ("CurrencyIsoCode", "currency"),
        ],
        fixed: &[],
    },
    Profile {
        name: "hubspot",
        kind: Kind::Account,
        marks: &["Record ID", "Company name"],
        columns: &[
            ("Record ID", "external_id"),
            ("Company name", "name"),
            ("Industry", "industry"),
            ("Country/Region", "country"),
            ("Country", "country"),
            ("Time Zone", "time_zone"),
            ("Company currency", "currency"),
            ("Parent Company ID", "parent"),
            ("Parent Company", "parent"),
        ],
        fixed: &[],
    },
    Profile {
        name: "hubspot",
        kind: Kind::Person,
        marks: &["Record ID", "First Name", "Last Name"],
        columns: &[
            ("Record ID", "external_id"),
            ("First Name", FIRST_NAME),
            ("Last Name", LAST_NAME),
            ("Associated Company IDs (Primary)", "account.external_id"),
            ("Primary Associated Company ID", "account.external_id"),
            ("Associated Company IDs", "account.external_id"),
            ("Associated Company ID", "account.external_id"),
            ("Primary Company", "account.name"),
            ("Associated Company", "account.name"),
            ("Company Name", "account.name"),
            ("Job Title", "job_title"),
            ("Email", "email"),
            ("Phone Number", "phone"),
            ("Contact owner", "in_touch_with.name"),
        ],
        fixed: &[("side", "client")],
    },
    Profile {
        name: "hubspot",
        kind: Kind::Product,
        marks: &["Record ID", "Name", "Unit price"],
        columns: &[("Record ID", "external_id"), ("Name", "name")],
        fixed: &[],
    },
    Profile {
        name: "hubspot",
        kind: Kind::Opportunity,
        marks: &["Record ID", "Deal Name", "Deal Stage"],
        columns: &[
            ("Record ID", "external_id"),
            ("Associated Company IDs (Primary)", "account"),
            ("Primary Associated Company ID", "account"),
            ("Associated Company IDs", "account"),
            ("Associated Company", "account"),
            ("Deal Name", "title"),
            ("Deal Stage", "stage"),
            ("Amount", "annual_value"),
            ("Currency", "currency"),
            ("Close Date", "expected_on"),
            ("Create Date", "opened_on"),
        ],
        fixed: &[],
    },
    Profile {
        name: "servicenow",
        kind: Kind::Contract,
        marks: &["sys_id", "number", "starts"],
        columns: &[
            ("sys_id", "external_id"),
            ("account", "account"),
            ("company", "account"),
            ("short_description", "title"),
            ("number", "title"),
            ("starts", "starts_on"),
            ("ends", "ends_on"),
        ],
        fixed: &[],
    },
    Profile {
        name: "servicenow",
        kind: Kind::Account,
        marks: &["sys_id", "name"],
        columns: &[
            ("sys_id", "external_id"),
            ("name", "name"),
            ("parent", "parent"),
            ("industry", "industry"),
            ("country", "country"),
        ],
        fixed: &[],
    },
    Profile {
        name: "servicenow",
        kind: Kind::Person,
        marks: &["sys_id", "first_name", "last_name"],
        columns: &[
            ("sys_id", "external_id"),
            ("first_name", FIRST_NAME),
            ("last_name", LAST_NAME),
            ("account", "account"),
            ("company", "account"),
            ("title", "job_title"),
            ("email", "email"),
            ("phone", "phone"),
            ("business_phone", "phone"),
        ],
        fixed: &[("side", "client")],
    },
    Profile {
        name: "jira",
        kind: Kind::Person,
        marks: &["User id", "User name", "email"],
        columns: &[
            ("User id", "external_id"),
            ("User name", "name"),
            ("email", "email"),
            ("Organization", "account"),
        ],
        fixed: &[("side", "client")],
    },
    Profile {
        name: "zendesk",
        kind: Kind::Account,
        marks: &["id", "name", "external_id", "domain_names"],
        columns: &[("id", "external_id"), ("name", "name")],
        fixed: &[],
    },
    Profile {
        name: "zendesk",
        kind: Kind::Person,
        marks: &["id", "name", "email", "organization_id"],
        columns: &[
            ("id", "external_id"),
            ("name", "name"),
            ("email", "email"),
            ("phone", "phone"),
            ("organization_id", "account"),
        ],
        fixed: &[("side", "client")],
    },
];

#[cfg(test)]
mod tests {
    use super::super::relations::related_fields;
    use super::*;

    #[test]
    fn every_profile_names_fields_that_there_are_and_marks_it_reads() {
        for profile in PROFILES {
            let knows = |field: &str| {
                [FIRST_NAME, LAST_NAME].contains(&field)
                    || profile.kind.fields().iter().any(|spec| spec.name == field)
                    || related_fields(profile.kind).any(|spec| spec.name == field)
            };
            for (head, field) in profile.columns.iter().chain(profile.fixed) {
                let is_field = knows(field) || knows(head);
                assert!(is_field, "{} {head} {field}", profile.name);
            }
        }
    }
}
