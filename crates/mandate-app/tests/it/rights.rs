//! The reference page of rights is the matrix of the program.

use mandate_app::Action;
use mandate_domain::identity::Role;

#[test]
fn the_reference_page_is_the_matrix() {
    let mut table = String::from("| right |");
    for role in Role::ALL {
        table.push_str(&format!(" {} |", role.as_str().replace('_', " ")));
    }
    table.push_str(&format!("\n| --- |{}\n", " --- |".repeat(Role::ALL.len())));
    for action in Action::ALL {
        table.push_str(&format!("| `{}` |", action.as_str()));
        for role in Role::ALL {
            table.push_str(if action.roles().contains(&role) { " yes |" } else { " |" });
        }
        table.push('\n');
    }
    let page = include_str!("../../../../docs/reference/rights.md");
    assert!(page.contains(&table), "docs/reference/rights.md must hold this table:\n\n{table}");
}
