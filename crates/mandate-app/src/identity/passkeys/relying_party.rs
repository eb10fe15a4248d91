//! For whom a passkey is made: the host and the origin of the public address.
//!
//! Browsers bind a passkey to a host name and use it over TLS only, or on `localhost`. So there is none for a bare
//! network address, nor over plain HTTP elsewhere.

/// Host and origin for which passkeys are made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RelyingParty {
    /// The host name.
    pub id: String,
    /// Scheme, host and port.
    pub origin: String,
}

impl RelyingParty {
    /// That of a public address; none where browsers would refuse passkeys.
    pub fn of(base_url: &str) -> Option<Self> {
        let (scheme, rest) = base_url.split_once("://")?;
        let authority = rest.split(['/', '?', '#']).next()?.to_lowercase();
        let host = authority.split(':').next()?.to_owned();
        let is_local = host == "localhost" || host.ends_with(".localhost");
        let is_secure = scheme == "https" || (scheme == "http" && is_local);
        // A name has a letter in its last part; 10.0.0.1 and [::1] do not pass.
        let last = host.rsplit('.').next()?;
        let is_name = !host.contains(['[', '@']) && last.contains(|sign: char| sign.is_ascii_alphabetic());
        (is_secure && is_name).then(|| Self { origin: format!("{scheme}://{authority}"), id: host })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passkeys_are_made_for_host_names_over_tls_or_on_this_machine() {
        let of = |url| RelyingParty::of(url).map(|it| (it.id, it.origin));
        let pair = |id: &str, origin: &str| Some((id.to_owned(), origin.to_owned()));
        assert_eq!(
            of("https://Mandate.firm.example"),
            pair("mandate.firm.example", "https://mandate.firm.example")
        );
        assert_eq!(of("https://firm.example:8443/m"), pair("firm.example", "https://firm.example:8443"));
        assert_eq!(of("http://localhost:8080"), pair("localhost", "http://localhost:8080"));
        for none in [
            "http://firm.example",
            "http://127.0.0.1:8080",
            "https://10.0.0.1",
            "https://[::1]:8443",
            "localhost",
            "",
        ] {
            assert_eq!(of(none), None, "{none}");
        }
    }
}
