use std::fmt::Write as _;
use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt;

use md5::Md5;
use serde::Serialize;
use sha2::{Digest as _, Sha256};

use crate::{Error, Result};

/// Digests that the bytes must have, in hex of either case.
#[derive(Debug, Clone, Default)]
pub struct Expected {
    /// 32 digits.
    pub md5: Option<String>,
    /// 64 digits.
    pub sha256: Option<String>,
}

/// Digests of what was fetched, in lower-case hex; those that were not asked for are left out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Digests {
    /// MD5, RFC 1321.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub md5: Option<String>,
    /// SHA-256, FIPS 180-4.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sha256: Option<String>,
}

impl Digests {
    /// Reads the file once and computes what is expected of it.
    pub(crate) fn of(file: &File, expected: &Expected) -> io::Result<Self> {
        let mut md5 = expected.md5.as_ref().map(|_| Md5::new());
        let mut sha256 = expected.sha256.as_ref().map(|_| Sha256::new());
        if md5.is_none() && sha256.is_none() {
            return Ok(Self::default());
        }
        let mut buffer = vec![0; 1 << 20];
        let mut position = 0;
        loop {
            let count = file.read_at(&mut buffer, position)?;
            let Some(bytes) = buffer.get(..count).filter(|bytes| !bytes.is_empty()) else { break };
            position += count as u64;
            if let Some(hash) = &mut md5 {
                hash.update(bytes);
            }
            if let Some(hash) = &mut sha256 {
                hash.update(bytes);
            }
        }
        Ok(Self { md5: md5.map(|hash| hex(&hash.finalize())), sha256: sha256.map(|hash| hex(&hash.finalize())) })
    }

    pub(crate) fn check(&self, expected: &Expected) -> Result<()> {
        let pairs = [("md5", &self.md5, &expected.md5), ("sha256", &self.sha256, &expected.sha256)];
        for (algorithm, found, wanted) in pairs {
            if let (Some(found), Some(wanted)) = (found, wanted)
                && !found.eq_ignore_ascii_case(wanted)
            {
                return Err(Error::Digest { algorithm, found: found.clone() });
            }
        }
        Ok(())
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
