//! `mandate audit`: verify the record, sign it now, print the public key. The rules are `mandate_app::audit`'s; here files
//! are read and outcomes put into words.

use std::path::Path;

use mandate_app::audit::{ChainState, Evidence, PublicKey, make_checkpoint, public_key, verify_audit};
use mandate_app::{Actor, Ctx};
use serde_json::{Value, json};

use crate::exit::Failure;

/// Verifies the chain, with what was kept elsewhere if files are named.
pub(super) async fn verify(
    ctx: &Ctx,
    actor: &Actor,
    checkpoints: Option<&Path>,
    keys: Option<&Path>,
) -> Result<Value, Failure> {
    let public_keys = match keys.map(read).transpose()? {
        Some(text) => {
            let keys = PublicKey::read_all(&text).map_err(|error| Failure::bad_input(error.to_string()))?;
            if keys.is_empty() {
                return Err(Failure::bad_input("the file of public keys has none"));
            }
            keys
        }
        None => vec![],
    };
    let evidence = Evidence { checkpoints: checkpoints.map(read).transpose()?, public_keys };
    let found = verify_audit(ctx, actor, &evidence).await?;
    let mut value = json!({
        "sound": found.is_sound(), "checkpoints": found.n_checkpoints, "checkpoints_outside": found.n_outside,
        "unverified": found.n_unverified, "problems": found.problems,
    });
    match found.chain {
        ChainState::Whole { n_records, last_hash } => {
            value["records"] = n_records.into();
            value["last_hash"] = last_hash.into();
        }
        ChainState::Broken { seq, what } => {
            value["seq"] = seq.into();
            value["what"] = what.into();
        }
    }
    Ok(value)
}

fn read(path: &Path) -> Result<String, Failure> {
    std::fs::read_to_string(path)
        .map_err(|error| Failure::bad_input(format!("could not read `{}`: {error}", path.display())))
}

/// What [`verify`] found, in words.
pub(super) fn verify_text(value: &Value) -> String {
    let mut lines = vec![match value["seq"].as_i64() {
        Some(seq) => {
            format!(
                "The audit record is broken at record {seq}: {}",
                value["what"].as_str().unwrap_or_default()
            )
        }
        None => format!(
            "The audit record is whole: {} records, last hash {}",
            value["records"],
            value["last_hash"].as_str().unwrap_or_default()
        ),
    }];
    lines.push(match value["checkpoints_outside"].as_u64() {
        None => format!("Held against {} checkpoints in the database.", value["checkpoints"]),
        Some(n_outside) => {
            format!(
                "Held against {} checkpoints in the database and {n_outside} outside.",
                value["checkpoints"]
            )
        }
    });
    if value["unverified"] != json!(0) {
        let mend = "name its public key with --public-key";
        lines.push(format!(
            "{} of them are signed by a key that is not at hand; {mend}.",
            value["unverified"]
        ));
    }
    let problems = value["problems"].as_array().into_iter().flatten();
    lines.extend(problems.map(|problem| format!("Wrong: {}", problem.as_str().unwrap_or_default())));
    lines.join("\n")
}

/// Signs the newest record.
pub(super) async fn checkpoint(ctx: &Ctx, actor: &Actor) -> Result<Value, Failure> {
    match make_checkpoint(ctx, actor).await? {
        Some(made) => Ok(json!({ "seq": made.seq(), "at": made.at().to_string(), "line": made.line() })),
        None => Err(Failure::bad_input("the audit record is empty: there is nothing to sign yet")),
    }
}

/// Tells the public key.
pub(super) fn key(ctx: &Ctx, actor: &Actor) -> Result<Value, Failure> {
    let key = public_key(ctx, actor)?;
    Ok(json!({ "key_id": key.id(), "line": key.to_string() }))
}
