//! Users by the command line.

use mandate_app::identity::{self, NewUser};
use mandate_app::{Actor, Ctx};
use serde_json::{Value, json};

use super::Env;
use crate::exit::Failure;
use crate::output::columns;

/// Where a user sets their password.
pub fn password_link(env: &Env, secret: &str) -> String {
    format!("{}/password/{secret}", env.base_url)
}

/// A user as the command line gives them.
///
/// # Errors
/// A [`Failure`] naming the word that is no role.
pub fn new_user(
    email: &str,
    name: &str,
    roles: &[String],
    locale: &str,
    time_zone: &str,
) -> Result<NewUser, Failure> {
    let roles: Result<Vec<_>, _> = roles.iter().map(|word| identity::parse_role(word)).collect();
    Ok(NewUser {
        email: email.to_owned(),
        display_name: name.to_owned(),
        roles: roles.map_err(|error| Failure::bad_input(error.to_string()))?,
        person_id: None,
        locale: locale.to_owned(),
        time_zone: time_zone.to_owned(),
    })
}

/// Every user.
///
/// # Errors
/// A [`Failure`] when they cannot be read.
pub async fn list(ctx: &Ctx, operator: &Actor) -> Result<Value, Failure> {
    let (mut all, mut after) = (vec![], String::new());
    loop {
        let page = identity::list_users(ctx, operator, &after, 500).await?;
        let Some(last) = page.last() else { break };
        after = last.email.clone();
        all.extend(page.iter().map(|user| {
            let roles: Vec<&str> = user.roles.iter().map(|role| role.as_str()).collect();
            json!({
                "id": user.id.as_str(), "email": user.email, "name": user.display_name, "roles": roles,
                "state": user.state.as_str(), "demo": user.demo,
            })
        }));
    }
    Ok(json!({ "users": all }))
}

/// One user a line.
pub fn text(value: &Value) -> String {
    let text = |cell: &Value| cell.as_str().unwrap_or_default().to_owned();
    let roles = |user: &Value| {
        let words = user["roles"].as_array().into_iter().flatten().map(text);
        words.collect::<Vec<_>>().join(", ")
    };
    let row =
        |user: &Value| vec![text(&user["email"]), text(&user["name"]), roles(user), text(&user["state"])];
    let rows: Vec<Vec<String>> = value["users"].as_array().into_iter().flatten().map(row).collect();
    columns(&["address", "name", "roles", "state"], &rows)
}
