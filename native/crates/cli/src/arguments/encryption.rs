use std::path::PathBuf;
use std::str::FromStr;

use clap::Args;
use reelway_mp4::{Bytes16, Scheme};

/// With what to encrypt.
#[derive(Debug, Args)]
pub(crate) struct EncryptionArguments {
    /// Encrypt pictures and sound by Common Encryption: cbcs, which all players of today know, or cenc.
    #[arg(long, value_name = "SCHEME", requires_all = ["key_id", "content_key"])]
    pub(crate) encrypt: Option<Scheme>,
    /// With --encrypt: the key's id, 32 hexadecimal digits. It is public, and players ask for the key by it.
    #[arg(long, value_name = "HEX", requires = "encrypt")]
    pub(crate) key_id: Option<Bytes16>,
    /// With --encrypt: a file that holds the key, as 16 bytes or 32 hexadecimal digits; /dev/stdin reads it from a pipe. A key
    /// is for one encode of one title: encoded anew, it needs a new key or a new --iv.
    #[arg(long, value_name = "FILE", requires = "encrypt", group = "content_key")]
    pub(crate) key_file: Option<PathBuf>,
    /// With --encrypt: the key itself, 32 hexadecimal digits. Other users of the host can see it: --key-file is better.
    #[arg(long, value_name = "HEX", requires = "encrypt", group = "content_key")]
    pub(crate) key: Option<Secret>,
    /// With --encrypt: 16 bytes, the constant initialization vector of cbcs, or 8 that cenc counts from, in hexadecimal
    /// digits. All chunks of a title need the same; by default it comes from the key id.
    #[arg(long, value_name = "HEX", requires = "encrypt")]
    pub(crate) iv: Option<Iv>,
}

/// Where players get the key.
#[derive(Debug, Args)]
pub(crate) struct KeyAccessArguments {
    /// Where players of HLS get the key of an encrypted title: an absolute URI, or one that begins with a slash.
    #[arg(long, value_name = "URI")]
    pub(crate) key_uri: Option<String>,
    /// With --key-uri: what the URI gives (KEYFORMAT), as com.apple.streamingkeydelivery; by default the key's 16 bytes
    /// (identity).
    #[arg(long, value_name = "FORMAT", requires = "key_uri")]
    pub(crate) key_format: Option<String>,
}

/// An argument that is shown to nobody: a wrong one may be a right one with a slip in it.
#[derive(Clone)]
pub(crate) struct Secret(pub(crate) String);

impl FromStr for Secret {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(Self(text.to_owned()))
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// An initialization vector of 8 or 16 bytes.
#[derive(Debug, Clone)]
pub(crate) struct Iv(pub(crate) Vec<u8>);

impl FromStr for Iv {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || "16 or 32 hexadecimal digits are needed".to_owned();
        let padded = if text.len() == 16 { format!("{text:0<32}") } else { text.to_owned() };
        let Bytes16(bytes) = padded.parse().map_err(|_| wrong())?;
        bytes.get(..text.len() / 2).map(|bytes| Self(bytes.to_vec())).ok_or_else(wrong)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_vector_has_8_or_16_bytes() {
        assert_eq!("0102030405060708".parse::<Iv>().unwrap().0, [1, 2, 3, 4, 5, 6, 7, 8]);
        assert_eq!("000102030405060708090a0b0c0d0e0f".parse::<Iv>().unwrap().0.len(), 16);
        for wrong in ["", "01", "010203040506070", "010203040506070g", "0102030405060708090a"] {
            assert!(wrong.parse::<Iv>().is_err(), "{wrong}");
        }
    }
}
