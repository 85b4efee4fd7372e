//! Common Encryption (ISO/IEC 23001-7) as a track tells it.

use serde::{Deserialize, Serialize};

/// A protection scheme (§10).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Scheme {
    /// AES-CTR over all of the protected bytes.
    Cenc,
    /// AES-CBC over one block in ten of pictures, and over all blocks of sound.
    Cbcs,
}

impl Scheme {
    /// Its four-character code.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cenc => "cenc",
            Self::Cbcs => "cbcs",
        }
    }
}

impl std::str::FromStr for Scheme {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "cenc" => Ok(Self::Cenc),
            "cbcs" => Ok(Self::Cbcs),
            _ => Err("the schemes are cbcs and cenc".to_owned()),
        }
    }
}

/// Sixteen bytes, written as 32 hexadecimal digits: a key's id, a constant initialization vector.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Bytes16(pub [u8; 16]);

impl std::str::FromStr for Bytes16 {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "32 hexadecimal digits are needed".to_owned();
        if text.len() != 32 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        u128::from_str_radix(text, 16).map(|number| Self(number.to_be_bytes())).map_err(|_| wrong())
    }
}

impl TryFrom<String> for Bytes16 {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Bytes16> for String {
    fn from(bytes: Bytes16) -> Self {
        bytes.to_string()
    }
}

impl std::fmt::Display for Bytes16 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:032x}", u128::from_be_bytes(self.0))
    }
}

impl std::fmt::Debug for Bytes16 {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{self}")
    }
}

/// How all samples of a track are encrypted; nothing in it is secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct TrackEncryption {
    /// The scheme.
    pub scheme: Scheme,
    /// Which key.
    pub key_id: Bytes16,
    /// The initialization vector of all samples; without it each has 8 bytes of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub constant_iv: Option<Bytes16>,
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_bytes_are_32_digits_and_nothing_else() {
        let digits = "00ff2233445566778899AABBCCDDEEFF";
        assert_eq!(digits.parse::<Bytes16>().unwrap().to_string(), digits.to_lowercase());
        for wrong in
            ["", "00", "+0ff2233445566778899aabbccddeeff", "00ff2233445566778899aabbccddeefg", " 0ff2233445566778899aabbccddeeff"]
        {
            assert!(wrong.parse::<Bytes16>().is_err(), "{wrong}");
        }
        let document = r#"{"scheme":"cbcs","keyId":"000102030405060708090a0b0c0d0e0f"}"#;
        let encryption: TrackEncryption = serde_json::from_str(document).unwrap();
        assert_eq!(serde_json::to_string(&encryption).unwrap(), document);
        assert!(serde_json::from_str::<TrackEncryption>(&document.replace("cbcs", "cens")).is_err());
    }
}
