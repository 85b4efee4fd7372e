use std::sync::{Mutex, PoisonError};

use reelway_url_guard::{Refusal, UrlPolicy, guard_url};
use ureq::http::{HeaderName, HeaderValue};
use url::{Origin, Url};

/// A header that can't be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BadHeader;

impl std::fmt::Display for BadHeader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a header is written as NAME: VALUE; those that steer the transfer itself are not the caller's")
    }
}

impl std::error::Error for BadHeader {}

/// Headers that would change what an answer means, or where it ends.
const OWN_HEADERS: [&str; 12] = [
    "host",
    "range",
    "if-range",
    "if-match",
    "if-none-match",
    "if-modified-since",
    "connection",
    "content-length",
    "transfer-encoding",
    "accept-encoding",
    "te",
    "upgrade",
];

/// What is read: a URL, and the headers that its own host is shown.
#[derive(Debug)]
pub struct Source {
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    pub(crate) if_match: Option<HeaderValue>,
    /// Where redirects led to, so that not every request walks them again.
    pub(crate) resolved: Mutex<Option<Url>>,
}

impl Source {
    /// A source at a URL that the policy allows.
    pub fn new(url: &str, policy: &UrlPolicy) -> Result<Self, Refusal> {
        let url = guard_url(url, policy)?;
        Ok(Self { url, headers: Vec::new(), if_match: None, resolved: Mutex::new(None) })
    }

    /// Adds a header, written as `NAME: VALUE`. Other hosts that the source redirects to don't get it.
    pub fn add_header(&mut self, header: &str) -> Result<(), BadHeader> {
        let (name, value) = header.split_once(':').ok_or(BadHeader)?;
        let name = HeaderName::from_bytes(name.trim().as_bytes()).map_err(|_| BadHeader)?;
        if OWN_HEADERS.contains(&name.as_str()) {
            return Err(BadHeader);
        }
        let mut value = HeaderValue::from_str(value.trim()).map_err(|_| BadHeader)?;
        value.set_sensitive(true);
        self.headers.push((name, value));
        Ok(())
    }

    /// Reads only what still has this entity tag; the server answers with 412 otherwise.
    pub fn require_etag(&mut self, etag: &str) -> Result<(), BadHeader> {
        self.if_match = Some(HeaderValue::from_str(etag.trim()).map_err(|_| BadHeader)?);
        Ok(())
    }

    /// The host, for messages: the rest of a URL may be a secret.
    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    pub(crate) fn origin(&self) -> Origin {
        self.url.origin()
    }

    pub(crate) fn resolved(&self) -> Option<Url> {
        self.resolved.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_resolved(&self, url: Option<Url>) {
        *self.resolved.lock().unwrap_or_else(PoisonError::into_inner) = url;
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_steer_the_transfer_are_not_the_callers() {
        let mut source = Source::new("https://example.com/", &UrlPolicy::default()).unwrap();
        assert_eq!(source.add_header("Authorization: Bearer a:b"), Ok(()));
        for header in ["no colon", "Range: bytes=0-1", "HOST: other", "X-A: b\r\nX-C: d", ": empty", "Sp ace: x"] {
            assert_eq!(source.add_header(header), Err(BadHeader), "{header}");
        }
    }
}
