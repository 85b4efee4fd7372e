use ureq::http::HeaderMap;

/// By what one tells that a source is still the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Bytes of the whole; `None` where the server does not say.
    pub length: Option<u64>,
    /// The entity tag, with its quotes.
    pub etag: Option<String>,
    /// The date of the last change, as the server writes it.
    pub last_modified: Option<String>,
}

impl Identity {
    pub(crate) fn of(headers: &HeaderMap, length: Option<u64>) -> Self {
        let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Self { length, etag: text("etag"), last_modified: text("last-modified") }
    }

    /// Parts read at different times may be put together: a length, and a tag or a date that would change with the bytes.
    pub const fn is_certain(&self) -> bool {
        self.length.is_some() && (self.etag.is_some() || self.last_modified.is_some())
    }

    /// Nothing that both sides tell speaks against its being the same source.
    ///
    /// Servers behind one name may leave a header out in some answers; the tag decides where both have one.
    pub fn agrees_with(&self, other: &Self) -> bool {
        let differ = |a: &Option<String>, b: &Option<String>| matches!((a, b), (Some(a), Some(b)) if a != b);
        if self.length != other.length || differ(&self.etag, &other.etag) {
            return false;
        }
        (self.etag.is_some() && other.etag.is_some()) || !differ(&self.last_modified, &other.last_modified)
    }

    /// The tag, where it promises the same bytes (RFC 9110 §8.8.1): weak tags do not.
    pub(crate) fn strong_etag(&self) -> Option<&str> {
        self.etag.as_deref().filter(|etag| etag.starts_with('"'))
    }
}
