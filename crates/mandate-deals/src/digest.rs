//! SHA-256 of a front, by which two programs see that theirs are equal point for point.
//!
//! Of the lines `firm,client` with the firm's total falling, as in the peers' scripts: `"a,b\n"`.

use std::fmt::Write as _;

use sha2::{Digest as _, Sha256};

use crate::model::Totals;

/// The digest of points whose firm's totals fall, in hexadecimal.
///
/// # Shapes and units
/// - `points`: any number, in the order of a front.
/// - returns 64 hexadecimal digits.
///
/// # Errors
/// None.
///
/// # Source
/// Own construction, shared with the peers: SHA-256 (FIPS 180-4) of the lines.
pub fn digest(points: impl IntoIterator<Item = Totals>) -> String {
    let mut hash = Sha256::new();
    let mut line = String::new();
    for point in points {
        line.clear();
        let _ = writeln!(line, "{},{}", point.firm, point.client);
        hash.update(line.as_bytes());
    }
    hash.finalize().iter().fold(String::with_capacity(64), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
