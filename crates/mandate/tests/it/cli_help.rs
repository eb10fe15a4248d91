//! What the program says of itself: every command in the reference page, completion for each shell.

use crate::cli::program;

fn output(arguments: &[&str]) -> String {
    let output = program().args(arguments).output().expect("the program");
    assert!(output.status.success(), "{arguments:?}");
    String::from_utf8(output.stdout).expect("UTF-8")
}

/// The commands a help text lists.
fn commands(help: &str) -> Vec<String> {
    let lines =
        help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    let named = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
    named.filter_map(|line| line.split_whitespace().next().map(str::to_owned)).collect()
}

#[test]
fn the_reference_page_names_every_command() {
    let page = include_str!("../../../../docs/reference/command-line.md");
    for command in commands(&output(&["--help"])) {
        assert!(
            page.contains(&format!("`mandate {command}")),
            "docs/reference/command-line.md lacks {command}"
        );
        for part in commands(&output(&[&command, "--help"])) {
            let whole = format!("`mandate {command} {part}");
            assert!(page.contains(&whole), "docs/reference/command-line.md lacks {whole}");
        }
    }
}

#[test]
fn shells_can_complete() {
    for shell in ["bash", "zsh", "fish"] {
        assert!(output(&["completion", shell]).contains("backup"), "{shell}");
    }
}
