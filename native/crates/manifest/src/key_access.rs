/// Where players of HLS get a title's key: what `EXT-X-KEY` says beside what the media say (RFC 8216 §4.3.2.4).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyAccess {
    uri: String,
    format: String,
}

/// The format whose URI gives the key's 16 bytes.
const IDENTITY: &str = "identity";
const MAX_LENGTH: usize = 2048;

impl KeyAccess {
    /// `uri` is absolute, or begins with a slash: playlists stand in several folders. `format` is a `KEYFORMAT`; without it
    /// the URI gives the key's 16 bytes.
    pub fn new(uri: &str, format: Option<&str>) -> Result<Self, &'static str> {
        let quotable = |text: &str| text.len() <= MAX_LENGTH && text.chars().all(|c| c.is_ascii_graphic() && c != '"');
        let format = format.unwrap_or(IDENTITY);
        if !quotable(uri) || !quotable(format) || format.is_empty() {
            return Err("a key's URI and format have no spaces, quotes, or letters beyond ASCII");
        }
        let scheme = uri.split_once(':').map_or("", |(scheme, _)| scheme);
        let has_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        if !has_scheme && !uri.starts_with('/') {
            return Err("a key's URI has a scheme or begins with a slash: playlists stand in several folders");
        }
        Ok(Self { uri: uri.to_owned(), format: format.to_owned() })
    }

    pub(crate) fn uri(&self) -> &str {
        &self.uri
    }

    pub(crate) fn format(&self) -> &str {
        &self.format
    }

    pub(crate) fn is_identity(&self) -> bool {
        self.format == IDENTITY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_can_not_stand_in_a_playlist_is_refused() {
        for right in ["https://keys.example/1?a=b,c", "skd://title", "/keys/1", "data:text/plain;base64,AAAA"] {
            assert!(KeyAccess::new(right, None).is_ok(), "{right}");
        }
        for wrong in ["", "key.bin", "keys/1:2", "https://a/\"b", "https://a/ b", "https://a/\nb", "https://ä/", ":x", "1a:b"] {
            assert!(KeyAccess::new(wrong, None).is_err(), "{wrong}");
        }
        assert!(KeyAccess::new("/k", Some("com.apple.streamingkeydelivery")).is_ok());
        assert!(KeyAccess::new("/k", Some("")).is_err());
        assert!(KeyAccess::new("/k", Some("a\"b")).is_err());
    }
}
