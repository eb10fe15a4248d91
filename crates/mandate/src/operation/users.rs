//! Users by the command line.

use std::path::Path;

use mandate_app::identity::{self, NewUser, Role, SyncError, SyncOptions, SyncReport};
use mandate_app::{Actor, Ctx};
use serde_json::{Value, json};

use super::{Env, Operation};
use crate::exit::Failure;
use crate::output::columns;

/// Where a user sets their password.
pub fn password_link(env: &Env, secret: &str) -> String {
    format!("{}/password/{secret}", env.base_url)
}

/// Does an operation on users.
///
/// # Errors
/// A [`Failure`] with its kind; then nothing was changed.
pub async fn run(operation: &Operation, env: &Env, operator: &Actor) -> Result<Value, Failure> {
    let ctx = &env.ctx;
    match operation {
        Operation::UserAdd { email, name, roles, locale, time_zone } => {
            let new = new_user(email, name, roles, locale, time_zone)?;
            let (user, link) = identity::create_user(ctx, operator, new).await?;
            let link = password_link(env, link.reveal());
            Ok(json!({ "id": user.id.as_str(), "email": user.email, "link": link }))
        }
        Operation::UserSuspend { email } => {
            let user = identity::suspend_user(ctx, operator, email).await?;
            Ok(json!({ "id": user.id.as_str(), "email": user.email, "state": user.state.as_str() }))
        }
        Operation::UserResetLink { email } => {
            let link = identity::issue_password_link(ctx, operator, email).await?;
            Ok(json!({ "email": email, "link": password_link(env, link.reveal()) }))
        }
        Operation::UserResetSecondFactor { email } => {
            let user = identity::find_user_by_email(ctx, operator, email).await?;
            identity::reset_second_factor(ctx, operator, &user.id).await?;
            Ok(json!({ "id": user.id.as_str(), "email": user.email }))
        }
        Operation::UserEndSessions { email } => {
            let user = identity::find_user_by_email(ctx, operator, email).await?;
            let n_ended = identity::end_sessions_of(ctx, operator, &user.id).await?;
            Ok(json!({ "id": user.id.as_str(), "email": user.email, "sessions": n_ended }))
        }
        Operation::UserSync { file, check, force } => {
            let options = match (check, force) {
                (true, _) => SyncOptions::Check,
                (false, true) => SyncOptions::Force,
                (false, false) => SyncOptions::Follow,
            };
            sync(ctx, operator, file, options).await
        }
        _ => list(ctx, operator).await,
    }
}

/// What an operation on users did, in words.
pub fn outcome(operation: &Operation, value: &Value) -> String {
    let word = |name: &str| value[name].as_str().unwrap_or_default().to_owned();
    match operation {
        Operation::UserAdd { .. } => {
            format!("Added {}. They set their password, within 24 hours, at\n{}", word("email"), word("link"))
        }
        Operation::UserSuspend { .. } => format!("Suspended {}; their sessions have ended.", word("email")),
        Operation::UserResetLink { .. } => {
            format!("{} sets a password, within 24 hours and once, at\n{}", word("email"), word("link"))
        }
        Operation::UserResetSecondFactor { .. } => {
            format!("{} has no second factor any more; their sessions have ended.", word("email"))
        }
        Operation::UserEndSessions { .. } => {
            format!("Ended {} sessions of {}.", value["sessions"], word("email"))
        }
        Operation::UserSync { .. } => sync_text(value),
        _ => text(value),
    }
}

async fn sync(ctx: &Ctx, operator: &Actor, file: &Path, options: SyncOptions) -> Result<Value, Failure> {
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::bad_input(format!("could not read `{}`: {error}", file.display())))?;
    let done = async {
        let rows = identity::read_list(&bytes)?;
        identity::sync_users(ctx, operator, &rows, options).await
    };
    match done.await {
        Ok(report) => Ok(sync_value(&report)),
        Err(error) => {
            let details = match &error {
                SyncError::Rows { rows } => {
                    rows.iter().take(100).map(|row| format!("{}: {}", row.place, row.fault)).collect()
                }
                _ => vec![],
            };
            Err(Failure { details, ..Failure::from(error) })
        }
    }
}

fn sync_value(report: &SyncReport) -> Value {
    let roles = |roles: &[Role]| roles.iter().map(|role| role.as_str()).collect::<Vec<_>>().join(", ");
    let suspended: Vec<Value> = report
        .suspended
        .iter()
        .map(|leaver| {
            let answers: Vec<Value> = leaver
                .answers_for
                .iter()
                .map(|it| json!({ "as": it.capacity, "id": it.id, "name": it.name }))
                .collect();
            let delegations: Vec<Value> = leaver
                .delegations
                .iter()
                .map(|it| json!({ "absent": it.absent_name, "substitute": it.substitute_name }))
                .collect();
            let rights: Vec<Value> = leaver
                .rights
                .iter()
                .map(|it| {
                    let (kind, limit) = (it.kind().as_str(), it.each.to_string());
                    json!({ "id": it.id.as_str(), "kind": kind, "limit": limit })
                })
                .collect();
            json!({
                "delegations": delegations, "decision_rights": rights,
                "id": leaver.user.id.as_str(), "email": leaver.user.email, "name": leaver.user.display_name,
                "why": leaver.reason.as_str(), "answers_for": answers,
                "sessions_ended": leaver.n_sessions, "tokens_revoked": leaver.n_tokens,
            })
        })
        .collect();
    let lost: Vec<Value> = report
        .lost_roles
        .iter()
        .map(|it| json!({ "email": it.user.email, "lost": roles(&it.lost), "kept": roles(&it.kept) }))
        .collect();
    json!({
        "done": report.done, "active_before": report.n_active, "suspended": suspended, "lost_roles": lost,
        "last_administrator_kept": report.kept.as_ref().map(|kept| kept.user.email.clone()),
        "unknown": report.unknown, "needs_force": report.needs_force,
    })
}

fn sync_text(value: &Value) -> String {
    let text = |cell: &Value| cell.as_str().unwrap_or_default().to_owned();
    let list = |name: &str| value[name].as_array().cloned().unwrap_or_default();
    let done = value["done"] == json!(true);
    let verb = if done { "Suspended" } else { "Nothing changed yet; it would suspend" };
    let mut lines =
        vec![format!("{verb} {} of {} active users.", list("suspended").len(), value["active_before"])];
    for leaver in list("suspended") {
        lines.push(format!("  {} ({})", text(&leaver["email"]), text(&leaver["why"]).replace('_', " ")));
        for answer in leaver["answers_for"].as_array().into_iter().flatten() {
            lines.push(format!(
                "    was {} of {}",
                text(&answer["as"]).replace('_', " "),
                text(&answer["name"])
            ));
        }
        for it in leaver["delegations"].as_array().into_iter().flatten() {
            lines.push(format!("    delegation: {} for {}", text(&it["substitute"]), text(&it["absent"])));
        }
        for it in leaver["decision_rights"].as_array().into_iter().flatten() {
            lines.push(format!(
                "    held a right to decide: {} up to {}",
                text(&it["kind"]),
                text(&it["limit"])
            ));
        }
    }
    for it in list("lost_roles") {
        lines.push(format!(
            "  {} loses {}, keeps {}",
            text(&it["email"]),
            text(&it["lost"]),
            text(&it["kept"])
        ));
    }
    if let Some(kept) = value["last_administrator_kept"].as_str() {
        lines.push(format!(
            "  {kept} stays: the last administrator. Make another one, then follow the list again."
        ));
    }
    if value["needs_force"] == json!(true) && !done {
        lines.push("That is more than a third: it is done only with --force.".to_owned());
    }
    let unknown: Vec<String> = list("unknown").iter().map(text).collect();
    if !unknown.is_empty() {
        lines.push(format!("Listed but no users, and not added: {}", unknown.join(", ")));
    }
    lines.join("\n")
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
