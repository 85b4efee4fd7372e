use url::{Host, Url};

use crate::Refusal;

/// Whom a URL that a user gave may lead to.
#[derive(Debug, Clone, Default)]
pub struct UrlPolicy {
    /// For tests and closed networks: http, any port, and private names and addresses pass too.
    pub allow_private: bool,
    /// Hosts of this installation, in lower case: neither they nor names below them are anybody's source.
    pub own_hosts: Vec<String>,
}

/// Characters of one URL.
const MAX_LENGTH: usize = 2000;
const PORTS: [u16; 2] = [443, 8443];
const PRIVATE_SUFFIXES: [&str; 5] = ["local", "internal", "localhost", "home.arpa", "onion"];

/// Format characters (Unicode category Cf), which some parsers drop.
const FORMAT_CHARACTERS: [std::ops::RangeInclusive<char>; 19] = [
    '\u{ad}'..='\u{ad}',
    '\u{600}'..='\u{605}',
    '\u{61c}'..='\u{61c}',
    '\u{6dd}'..='\u{6dd}',
    '\u{70f}'..='\u{70f}',
    '\u{890}'..='\u{891}',
    '\u{8e2}'..='\u{8e2}',
    '\u{180e}'..='\u{180e}',
    '\u{200b}'..='\u{200f}',
    '\u{202a}'..='\u{202e}',
    '\u{2060}'..='\u{206f}',
    '\u{feff}'..='\u{feff}',
    '\u{fff9}'..='\u{fffb}',
    '\u{110bd}'..='\u{110bd}',
    '\u{110cd}'..='\u{110cd}',
    '\u{13430}'..='\u{1343f}',
    '\u{1bca0}'..='\u{1bca3}',
    '\u{1d173}'..='\u{1d17a}',
    '\u{e0000}'..='\u{e007f}',
];

/// Judges the text of a URL: https at its usual ports, to a public name, without credentials.
///
/// It can't see where the name leads: whoever connects checks the address too.
pub fn guard_url(text: &str, policy: &UrlPolicy) -> Result<Url, Refusal> {
    if text.encode_utf16().count() > MAX_LENGTH {
        return Err(Refusal::TooLong);
    }
    if text.chars().any(is_ambiguous) {
        return Err(Refusal::Malformed);
    }
    let mut url = Url::parse(text).map_err(|_| Refusal::Malformed)?;
    if url.scheme() != "https" && !(policy.allow_private && url.scheme() == "http") {
        return Err(Refusal::Scheme);
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(Refusal::Credentials);
    }
    // A host with a dot at its end is the same host: one spelling from here on.
    let host = url.host_str().ok_or(Refusal::Malformed)?;
    if let Some(host) = host.strip_suffix('.').map(str::to_owned) {
        url.set_host(Some(&host)).map_err(|_| Refusal::Malformed)?;
    }
    if !policy.allow_private {
        guard_host(&url, policy)?;
    }
    Ok(url)
}

fn guard_host(url: &Url, policy: &UrlPolicy) -> Result<(), Refusal> {
    let host = match url.host() {
        // The parser has brought every spelling (decimal, octal, hex, short, full-width) to these two.
        Some(Host::Ipv4(_) | Host::Ipv6(_)) => return Err(Refusal::AddressLiteral),
        Some(Host::Domain(host)) => host,
        None => return Err(Refusal::Malformed),
    };
    if !url.port_or_known_default().is_some_and(|port| PORTS.contains(&port)) {
        return Err(Refusal::Port);
    }

    if !host.contains('.') || host.split('.').any(str::is_empty) || PRIVATE_SUFFIXES.iter().any(|suffix| is_within(host, suffix))
    {
        return Err(Refusal::PrivateName);
    }
    if policy.own_hosts.iter().any(|own| is_within(host, own)) {
        return Err(Refusal::OwnHost);
    }
    Ok(())
}

fn is_within(host: &str, parent: &str) -> bool {
    host.strip_suffix(parent).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Parsers disagree about them (some drop them, some turn them into slashes), so no URL needs them.
fn is_ambiguous(character: char) -> bool {
    character == '\\'
        || character.is_control()
        || character.is_whitespace()
        || FORMAT_CHARACTERS.iter().any(|range| range.contains(&character))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn vectors() -> Value {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/net/forbidden-urls.json");
        serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
    }

    fn strict() -> UrlPolicy {
        let own = vectors()["ownHosts"].as_array().unwrap().iter().map(|host| host.as_str().unwrap().to_owned()).collect();
        UrlPolicy { allow_private: false, own_hosts: own }
    }

    #[test]
    fn what_the_control_plane_refuses_is_refused_for_the_same_reason() {
        let (vectors, strict) = (vectors(), strict());
        for vector in vectors["refused"].as_array().unwrap() {
            let url = vector["url"].as_str().unwrap();
            assert_eq!(guard_url(url, &strict).map_err(Refusal::code), Err(vector["refused"].as_str().unwrap()), "{url:?}");
        }
    }

    #[test]
    fn what_the_control_plane_allows_is_allowed() {
        let (vectors, strict) = (vectors(), strict());
        for url in vectors["allowed"].as_array().unwrap() {
            assert!(guard_url(url.as_str().unwrap(), &strict).is_ok(), "{url}");
        }
        assert_eq!(guard_url("https://EXAMPLE.com./a", &strict).unwrap().as_str(), "https://example.com/a");
        let long = format!("https://example.com/{}", "a".repeat(2000));
        assert_eq!(guard_url(&long, &strict), Err(Refusal::TooLong));
    }

    #[test]
    fn a_closed_network_gets_its_own_names_but_no_credentials() {
        let free = UrlPolicy { allow_private: true, ..strict() };
        for url in ["http://127.0.0.1:8080/", "https://[::1]/", "http://localhost/", "https://reelway.example/"] {
            assert!(guard_url(url, &free).is_ok(), "{url}");
        }
        for url in ["ftp://127.0.0.1/", "http://user:secret@127.0.0.1/", "file:///etc/passwd"] {
            assert!(guard_url(url, &free).is_err(), "{url}");
        }
    }

    #[test]
    fn addresses_are_judged_as_the_control_plane_judges_them() {
        let vectors = vectors();
        for (name, public) in [("forbidden", false), ("public", true)] {
            for text in vectors["addresses"][name].as_array().unwrap() {
                // What the standard parser does not take is no address.
                let found = text.as_str().unwrap().parse().is_ok_and(crate::is_public_address);
                assert_eq!(found, public, "{text}");
            }
        }
    }
}
