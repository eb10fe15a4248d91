//! A QR code as a picture inside the page: no file of another place, no script.

use std::fmt::Write as _;

use minijinja::Value;
use qrcodegen::{QrCode, QrCodeEcc};

/// Quiet modules around the code, without which programs do not find it.
const MARGIN: i32 = 4;

/// `text` as a QR code, black on white whatever the theme; nothing when it is too long for one.
pub(super) fn qr_svg(text: &str, label: &str) -> Value {
    let Ok(code) = QrCode::encode_text(text, QrCodeEcc::Medium) else { return Value::from("") };
    let size = code.size();
    let mut path = String::new();
    for y in 0..size {
        for x in 0..size {
            if code.get_module(x, y) {
                // Writing into a string cannot fail.
                let _ = write!(path, "M{} {}h1v1h-1z", x + MARGIN, y + MARGIN);
            }
        }
    }
    let whole = size + 2 * MARGIN;
    let label = label.replace('&', "&amp;").replace('"', "&quot;").replace('<', "&lt;");
    Value::from_safe_string(format!(
        "<svg viewBox=\"0 0 {whole} {whole}\" width=\"220\" height=\"220\" role=\"img\" aria-label=\"{label}\" \
         shape-rendering=\"crispEdges\"><rect width=\"{whole}\" height=\"{whole}\" fill=\"#fff\"/>\
         <path fill=\"#000\" d=\"{path}\"/></svg>"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_picture_without_style_or_script() {
        let svg = qr_svg("otpauth://totp/Mandate:a%40b.example?secret=ABCD", "A \"code\"").to_string();
        assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>"), "{svg}");
        assert!(svg.contains("aria-label=\"A &quot;code&quot;\""), "{svg}");
        assert!(!svg.contains("style") && !svg.contains("<script"), "{svg}");
        // The three corner marks of a code of this length begin in the first dark row.
        assert!(svg.contains("M4 4h1v1h-1z"), "{svg}");
        assert_eq!(qr_svg(&"x".repeat(5000), "").to_string(), "");
    }
}
