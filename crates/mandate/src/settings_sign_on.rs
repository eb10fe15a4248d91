//! The sign-on provider in the settings file: the table `[single_sign_on]`, and the file that holds its secret.
//!
//! Its secret stands in a file of its own, so that the settings file can be read by whoever sets the machine up. Only the
//! file says any of it: a provider that came from the environment would be too easy to set by accident.

use std::collections::BTreeMap;
use std::path::Path;

use mandate_app::identity::{AccountBy, ProviderRules, parse_role};
use mandate_web::SignOnSettings;
use serde::Deserialize;

use crate::exit::Failure;

/// The table as written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SignOnTable {
    name: String,
    issuer: String,
    client_id: String,
    client_secret_file: Option<String>,
    #[serde(default)]
    email_domains: Vec<String>,
    #[serde(default)]
    account_by: Option<String>,
    #[serde(default)]
    makes_users: bool,
    #[serde(default)]
    scopes: Vec<String>,
    groups_claim: Option<String>,
    #[serde(default)]
    roles: BTreeMap<String, String>,
    #[serde(default)]
    second_factor: Option<String>,
    #[serde(default)]
    passwords: Option<String>,
    #[serde(default)]
    locale: Option<String>,
    #[serde(default)]
    time_zone: Option<String>,
}

fn bad(name: &str, value: &str, mend: &str) -> Failure {
    Failure::bad_input(format!("`{value}` is no `{name}` of [single_sign_on]; {mend}"))
}

/// What the table says, checked; the secret is read.
///
/// # Errors
/// A [`Failure`] naming what does not fit.
pub fn sign_on(table: SignOnTable) -> Result<SignOnSettings, Failure> {
    check_issuer(&table.issuer)?;
    let rules = rules(&table)?;
    if !rules.roles_by_group.is_empty() && table.groups_claim.is_none() {
        let message = "[single_sign_on.roles] needs `groups_claim`, the claim that holds a person's groups";
        return Err(Failure::bad_input(message));
    }
    if rules.makes_users && rules.roles_by_group.is_empty() {
        let message =
            "`makes_users` of [single_sign_on] needs [single_sign_on.roles]: nobody is made without a role";
        return Err(Failure::bad_input(message));
    }
    if rules.email_domains.is_empty() {
        let message = "[single_sign_on] needs `email_domains`, such as [\"firm.example\"]: whose addresses are believed";
        return Err(Failure::bad_input(message));
    }
    let client_secret = table.client_secret_file.as_deref().map(read_secret).transpose()?;
    Ok(SignOnSettings {
        name: table.name,
        issuer: table.issuer,
        client_id: table.client_id,
        client_secret,
        more_scopes: table.scopes,
        groups_claim: table.groups_claim,
        rules,
    })
}

/// HTTPS; plain HTTP only to this machine.
fn check_issuer(issuer: &str) -> Result<(), Failure> {
    let host = |rest: &str| rest.split(['/', ':']).next().unwrap_or_default().to_owned();
    let fits = match (issuer.strip_prefix("https://"), issuer.strip_prefix("http://")) {
        (Some(rest), _) => !host(rest).is_empty(),
        (None, Some(rest)) => ["localhost", "127.0.0.1"].contains(&host(rest).as_str()),
        (None, None) => false,
    };
    if fits { Ok(()) } else { Err(bad("issuer", issuer, "write the provider's address, with https://")) }
}

fn rules(table: &SignOnTable) -> Result<ProviderRules, Failure> {
    let mut roles_by_group = vec![];
    for (group, role) in &table.roles {
        let role = parse_role(role).map_err(|error| Failure::bad_input(error.to_string()))?;
        if role.is_of_client() {
            return Err(bad(
                "roles",
                role.as_str(),
                "the provider knows our own people, who have other roles",
            ));
        }
        roles_by_group.push((group.clone(), role));
    }
    Ok(ProviderRules {
        account_by: match table.account_by.as_deref() {
            None | Some("subject") => AccountBy::Subject,
            Some("email") => AccountBy::Email,
            Some(other) => return Err(bad("account_by", other, "write subject or email")),
        },
        email_domains: table.email_domains.clone(),
        makes_users: table.makes_users,
        roles_by_group,
        locale: table.locale.clone().unwrap_or_else(|| "en-GB".to_owned()),
        time_zone: table.time_zone.clone().unwrap_or_else(|| "UTC".to_owned()),
        trusts_second_factor: match table.second_factor.as_deref() {
            None | Some("provider") => true,
            Some("own") => false,
            Some(other) => return Err(bad("second_factor", other, "write provider or own")),
        },
        allows_passwords: match table.passwords.as_deref() {
            None | Some("everybody") => true,
            Some("administrators") => false,
            Some(other) => return Err(bad("passwords", other, "write everybody or administrators")),
        },
    })
}

fn read_secret(path: &str) -> Result<String, Failure> {
    let text = std::fs::read_to_string(Path::new(path)).map_err(|error| {
        Failure::bad_input(format!("could not read `client_secret_file` `{path}`: {error}"))
    })?;
    match text.trim() {
        "" => Err(Failure::bad_input(format!("the `client_secret_file` `{path}` is empty"))),
        secret => Ok(secret.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LEAST: &str = "name = 'Firm ID'\nissuer = 'https://id.example'\nclient_id = 'mandate'\nemail_domains = ['firm.example']\n";

    fn read(text: &str) -> Result<SignOnSettings, String> {
        let table: SignOnTable = toml::from_str(text).map_err(|error| error.to_string())?;
        sign_on(table).map_err(|failure| failure.message)
    }

    #[test]
    fn the_least_is_cautious() {
        let settings = read(LEAST).expect("enough");
        assert_eq!(
            (settings.client_secret.as_deref(), settings.rules.account_by),
            (None, AccountBy::Subject)
        );
        assert!(!settings.rules.makes_users && settings.rules.trusts_second_factor);
        assert!(settings.rules.allows_passwords);
    }

    #[test]
    fn what_would_let_in_too_many_is_refused() {
        for (more, told) in [
            ("makes_users = true\n", "nobody is made without a role"),
            ("[roles]\nkeepers = 'administrator'\n", "groups_claim"),
            ("groups_claim = 'groups'\n[roles]\nkeepers = 'king'\n", "is not a role"),
            ("groups_claim = 'groups'\n[roles]\nclients = 'client_member'\n", "other roles"),
            ("account_by = 'name'\n", "write subject or email"),
            ("passwords = 'some'\n", "write everybody or administrators"),
            ("second_factor = 'none'\n", "write provider or own"),
            ("client_secret_file = '/no/such/file'\n", "could not read"),
            ("client_secret = 'in the open'\n", "unknown field"),
        ] {
            let refused = read(&format!("{LEAST}{more}")).expect_err(more);
            assert!(refused.contains(told), "{refused}");
        }
        let plain = LEAST.replace("https://id.example", "http://id.example");
        assert!(read(&plain).expect_err("plain").contains("https://"));
        assert!(read(&LEAST.replace("https://id.example", "http://127.0.0.1:9000")).is_ok());
        assert!(read(&LEAST.replace("email_domains = ['firm.example']\n", "")).is_err());
    }
}
