use crate::{Error, Result};

/// An AES-128 content key. It prints as nothing but its type.
#[derive(Clone, PartialEq, Eq)]
pub struct Key(pub(crate) [u8; 16]);

impl Key {
    /// From 16 bytes, or from 32 hexadecimal digits with white space around them.
    pub fn parse(given: &[u8]) -> Result<Self> {
        if let Ok(bytes) = given.try_into() {
            return Ok(Self(bytes));
        }
        let text = std::str::from_utf8(given).map_err(|_| Error::Key)?;
        text.trim().parse().map(|reelway_mp4::Bytes16(bytes)| Self(bytes)).map_err(|_| Error::Key)
    }
}

impl std::fmt::Debug for Key {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Key")
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_16_bytes_or_32_digits_and_never_printed() {
        let digits = "00112233445566778899aabbccddeeff";
        let key = Key::parse(digits.as_bytes()).unwrap();
        assert_eq!(Key::parse(format!("{digits}\n").as_bytes()), Ok(key.clone()));
        assert_eq!(Key::parse(&key.0), Ok(key.clone()));
        for wrong in [&digits.as_bytes()[1..], b"", b"00112233445566778899aabbccddeefg", &[0xff; 32]] {
            assert_eq!(Key::parse(wrong), Err(Error::Key));
        }
        assert_eq!(format!("{key:?}"), "Key");
    }
}
