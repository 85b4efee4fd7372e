use std::fmt;

/// A four-character code: the type of a box, a codec, a brand or a handler.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct FourCc(pub [u8; 4]);

impl FourCc {
    /// From a literal: `FourCc::new(b"moov")`.
    pub const fn new(code: &[u8; 4]) -> Self {
        Self(*code)
    }
}

impl fmt::Display for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The bytes are the uploader's: nothing but printable ASCII may reach a terminal or a playlist.
        for byte in self.0 {
            let printable = byte.is_ascii_graphic() || byte == b' ';
            write!(f, "{}", if printable { char::from(byte) } else { '?' })?;
        }
        Ok(())
    }
}

impl fmt::Debug for FourCc {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}
