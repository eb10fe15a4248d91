//! A Rust file as the rules see it: comments and string contents blanked out, test code marked, functions measured.
//!
//! A small scanner, not a parser: it knows comments, strings, characters and braces, and keeps every line where it is.

use super::{files, read};

/// One Rust file.
pub(super) struct Source {
    /// Relative to the root.
    pub path: String,
    /// As it stands.
    pub text: String,
    /// Comments and the contents of strings blanked.
    pub code: String,
    /// Only comments blanked.
    pub spoken: String,
    /// For each line, whether only tests contain it.
    is_test: Vec<bool>,
}

/// One function: its name, its first line (from 1), its length in lines.
pub(super) struct Function {
    pub name: String,
    pub line: usize,
    pub n_lines: usize,
}

/// Every Rust file of the product's crates.
pub(super) fn sources() -> Vec<Source> {
    let wanted = |path: &String| path.starts_with("crates/") && path.ends_with(".rs");
    files().into_iter().filter(wanted).map(Source::load).collect()
}

impl Source {
    fn load(path: String) -> Self {
        let text = read(&path);
        Self::new(path, text)
    }

    fn new(path: String, text: String) -> Self {
        let code = blank(&text, true);
        let spoken = blank(&text, false);
        let is_test = test_lines(&path, &code);
        Self { path, text, code, spoken, is_test }
    }

    /// The crate's name.
    pub fn crate_name(&self) -> &str {
        self.path.split('/').nth(1).unwrap_or_default()
    }

    /// Whether the product contains it, at least in part: not below `tests/`, `benches/` or `examples/`.
    pub fn is_product(&self) -> bool {
        self.path.split('/').nth(2) == Some("src") && self.crate_name() != "mandate-testing"
    }

    /// Lines (number from 1, text) of `code` outside tests.
    pub fn product_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.outside_tests(&self.code)
    }

    /// As [`Self::product_lines`], with the contents of strings.
    pub fn spoken_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.outside_tests(&self.spoken)
    }

    fn outside_tests<'a>(&'a self, text: &'a str) -> impl Iterator<Item = (usize, &'a str)> {
        let lines = text.lines().enumerate().filter(|(idx, _)| !self.is_test[*idx]);
        lines.map(|(idx, line)| (idx + 1, line))
    }

    /// How many lines it has without its tests.
    pub fn n_product_lines(&self) -> usize {
        self.is_test.iter().filter(|is_test| !**is_test).count()
    }

    /// Its functions outside tests.
    pub fn functions(&self) -> Vec<Function> {
        let mut functions = vec![];
        for (at, _) in self.code.match_indices("fn ") {
            let before = self.code[..at].chars().next_back().unwrap_or(' ');
            let rest = &self.code[at + 3..];
            let name: String = rest.chars().take_while(|it| it.is_alphanumeric() || *it == '_').collect();
            if before.is_alphanumeric() || before == '_' || name.is_empty() {
                continue;
            }
            let line = line_of(&self.code, at);
            let Some(end) = body_end(&self.code, at) else { continue };
            if !self.is_test[line - 1] {
                functions.push(Function { name, line, n_lines: line_of(&self.code, end) - line + 1 });
            }
        }
        functions
    }

    /// The function around `line`, if there is one; the innermost.
    pub fn function_at(&self, line: usize) -> Option<Function> {
        let holds = |it: &Function| it.line <= line && line < it.line + it.n_lines;
        self.functions().into_iter().filter(holds).max_by_key(|it| it.line)
    }

    /// `path:line`.
    pub fn place(&self, line: usize) -> String {
        format!("{}:{line}", self.path)
    }
}

fn line_of(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

/// Where the item that begins at `at` ends: its closing brace, or `None` when it has no body.
fn body_end(code: &str, at: usize) -> Option<usize> {
    let (mut depth, mut brackets) = (0_i32, 0_i32);
    for (offset, byte) in code.as_bytes()[at..].iter().enumerate() {
        match byte {
            b'(' | b'[' => brackets += 1,
            b')' | b']' => brackets -= 1,
            b';' if depth == 0 && brackets == 0 => return None,
            b'{' => depth += 1,
            b'}' => {
                depth -= 1;
                if depth == 0 {
                    return Some(at + offset);
                }
            }
            _ => {}
        }
    }
    None
}

fn test_lines(path: &str, code: &str) -> Vec<bool> {
    let n_lines = code.lines().count();
    let name = path.rsplit('/').next().unwrap_or_default();
    if path.contains("/tests/") || name == "tests.rs" || name.ends_with("_tests.rs") {
        return vec![true; n_lines];
    }
    let mut is_test = vec![false; n_lines];
    for (at, marker) in code.match_indices("#[cfg(test)]") {
        let after = at + marker.len();
        let end = body_end(code, after).or_else(|| code[after..].find(';').map(|end| after + end));
        let last = end.map_or(n_lines, |end| line_of(code, end));
        is_test[line_of(code, at) - 1..last].fill(true);
    }
    is_test
}

/// `text` with comments, and if asked the contents of strings and characters, turned into spaces; bytes stay in place.
fn blank(text: &str, strings_too: bool) -> String {
    let bytes = text.as_bytes();
    let mut out = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        let rest = &bytes[at..];
        let (end, hide) = if rest.starts_with(b"//") {
            (at + rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len()), true)
        } else if rest.starts_with(b"/*") {
            (at + comment_length(rest), true)
        } else if let Some(length) = string_length(bytes, at) {
            (at + length, strings_too)
        } else {
            at += 1;
            continue;
        };
        if hide {
            // A string keeps its quotes, so that `""` still reads as a value.
            let inner = if rest[0] == b'/' { at..end } else { at + 1..end.saturating_sub(1).max(at + 1) };
            out[inner].iter_mut().filter(|byte| **byte != b'\n').for_each(|byte| *byte = b' ');
        }
        at = end;
    }
    String::from_utf8(out).expect("whole characters were blanked")
}

fn comment_length(rest: &[u8]) -> usize {
    let (mut depth, mut at) = (0, 0);
    while at + 1 < rest.len() {
        match &rest[at..at + 2] {
            b"/*" => (depth, at) = (depth + 1, at + 2),
            b"*/" => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    rest.len()
}

/// The length of the string or character literal that begins at `at`, if one does.
fn string_length(bytes: &[u8], at: usize) -> Option<usize> {
    let rest = &bytes[at..];
    let after_word = at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_');
    match rest[0] {
        b'"' => Some(quoted_length(rest)),
        b'r' if !after_word || bytes[at - 1] == b'b' => {
            let n_hashes = rest[1..].iter().take_while(|byte| **byte == b'#').count();
            if rest.get(1 + n_hashes) != Some(&b'"') {
                return None;
            }
            let close: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', n_hashes)).collect();
            let body = &rest[2 + n_hashes..];
            let end = body.windows(close.len()).position(|window| window == close)?;
            Some(2 + n_hashes + end + close.len())
        }
        // A lifetime has no closing quote after one character.
        b'\'' if rest.get(1) == Some(&b'\\') => {
            rest[3..].iter().position(|byte| *byte == b'\'').map(|end| end + 4)
        }
        b'\'' => {
            let text = std::str::from_utf8(&rest[1..rest.len().min(6)]).unwrap_or_else(|error| {
                std::str::from_utf8(&rest[1..1 + error.valid_up_to()]).unwrap_or_default()
            });
            let length = text.chars().next()?.len_utf8();
            (rest.get(1 + length) == Some(&b'\'')).then_some(length + 2)
        }
        _ => None,
    }
}

fn quoted_length(rest: &[u8]) -> usize {
    let mut at = 1;
    while at < rest.len() {
        match rest[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    rest.len()
}

#[test]
fn the_scanner_knows_comments_strings_characters_and_tests() {
    let text = r##"
fn one<'a>(it: &'a str) -> char {
    // a comment with .unwrap() and "quotes"
    let raw = r#"todo!() { " }"#;
    let quote = '"'; let slash = '\''; let line = "a \" b";
    /* nested /* dbg!() */ still */ 'x'
}
#[cfg(test)]
mod tests {
    fn two() { one().unwrap(); }
}
"##;
    let source = Source::new("crates/x/src/lib.rs".to_owned(), text.to_owned());
    for word in ["unwrap", "todo", "dbg", "nested"] {
        assert!(source.product_lines().all(|(_, line)| !line.contains(word)), "{word}");
    }
    assert!(source.spoken.contains("todo!()") && !source.spoken.contains("nested"));
    assert_eq!(source.code.len(), source.text.len());
    let functions = source.functions();
    assert_eq!(functions.len(), 1);
    assert_eq!((functions[0].name.as_str(), functions[0].line, functions[0].n_lines), ("one", 2, 6));
    assert_eq!(source.n_product_lines(), 7);
}
