//! Templates, catalogues and assets embedded at build time (build.rs).

use std::collections::BTreeMap;

use sha2::{Digest, Sha256};

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// One built asset.
pub struct Asset {
    /// Its bytes.
    pub bytes: &'static [u8],
    /// First 12 hex digits of its SHA-256: part of its address, so that it can be kept for ever.
    pub hash: String,
    /// Its media type.
    pub media_type: &'static str,
}

/// The built assets by file name.
pub struct Assets(BTreeMap<&'static str, Asset>);

impl Assets {
    /// All embedded assets, hashed once.
    pub fn load() -> Self {
        let by_name = ASSETS.iter().map(|(name, bytes)| {
            let hash = Sha256::digest(bytes).iter().take(6).map(|byte| format!("{byte:02x}")).collect();
            let media_type = match name.rsplit('.').next() {
                Some("css") => "text/css; charset=utf-8",
                Some("js") => "text/javascript; charset=utf-8",
                Some("svg") => "image/svg+xml",
                Some("woff2") => "font/woff2",
                Some("png") => "image/png",
                _ => "text/plain; charset=utf-8",
            };
            (*name, Asset { bytes, hash, media_type })
        });
        Self(by_name.collect())
    }

    /// The asset of that file name.
    pub fn get(&self, name: &str) -> Option<&Asset> {
        self.0.get(name)
    }

    /// The address of an asset, with its content's hash.
    pub fn href(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(asset) => format!("/assets/{name}?v={}", asset.hash),
            None => format!("/assets/{name}"),
        }
    }
}
