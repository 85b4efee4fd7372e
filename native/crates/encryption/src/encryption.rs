use aes::Aes128;
use aes::cipher::KeyInit;
use reelway_mp4::{Bytes16, Scheme, TrackEncryption};
use sha2::{Digest, Sha256};

use crate::{Error, Key, Result};

/// Says what the digest is for: the same key id digested for another purpose gives something else.
const IV_LABEL: &[u8] = b"reelway initialization vector\0";

/// With what a title is encrypted.
///
/// A key is for one encode of one title: initialization vectors come from the place of a sample, so the same key over other
/// samples at the same places would give the XOR of both away (`cenc`), or which pictures begin alike (`cbcs`).
#[derive(Clone)]
pub struct Encryption {
    scheme: Scheme,
    key_id: Bytes16,
    iv: [u8; 16],
    pub(crate) aes: Aes128,
}

impl Encryption {
    /// `iv` is the constant one of 16 bytes for `cbcs`, and for `cenc` the 8 bytes that those of all samples are made from.
    /// Without it they come from the key id, the same on every machine.
    pub fn new(scheme: Scheme, key_id: Bytes16, key: &Key, iv: Option<&[u8]>) -> Result<Self> {
        let mut first = [0; 16];
        let length = match scheme {
            Scheme::Cenc => 8,
            Scheme::Cbcs => 16,
        };
        let digest = Sha256::new().chain_update(IV_LABEL).chain_update(key_id.0).finalize();
        let given = iv.unwrap_or_else(|| digest.get(..length).unwrap_or_default());
        if given.len() != length {
            return Err(Error::IvLength { needed: length });
        }
        first.iter_mut().zip(given).for_each(|(to, from)| *to = *from);
        Ok(Self { scheme, key_id, iv: first, aes: Aes128::new(&key.0.into()) })
    }

    /// What a track says about it.
    pub const fn track(&self) -> TrackEncryption {
        let constant_iv = match self.scheme {
            Scheme::Cenc => None,
            Scheme::Cbcs => Some(Bytes16(self.iv)),
        };
        TrackEncryption { scheme: self.scheme, key_id: self.key_id, constant_iv }
    }

    pub(crate) const fn scheme(&self) -> Scheme {
        self.scheme
    }

    pub(crate) const fn constant_iv(&self) -> &[u8; 16] {
        &self.iv
    }

    /// The initialization vector of the sample at this place; places that differ have vectors that differ.
    pub(crate) fn sample_iv(&self, place: u64) -> [u8; 8] {
        let base = self.iv.first_chunk().copied().map_or(0, u64::from_be_bytes);
        (base ^ place).to_be_bytes()
    }
}

impl std::fmt::Debug for Encryption {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Encryption").field("scheme", &self.scheme).field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    const KEY_ID: Bytes16 = Bytes16([7; 16]);

    #[test]
    fn vectors_come_from_the_key_id_or_are_given() {
        let key = Key::parse(&[1; 16]).unwrap();
        let constant = |key_id, iv| Encryption::new(Scheme::Cbcs, key_id, &key, iv).unwrap().track().constant_iv;
        assert_eq!(constant(KEY_ID, None), constant(KEY_ID, None));
        assert_ne!(constant(KEY_ID, None), constant(Bytes16([8; 16]), None));
        assert_eq!(constant(KEY_ID, Some(&[9; 16])), Some(Bytes16([9; 16])));
        let counted = Encryption::new(Scheme::Cenc, KEY_ID, &key, Some(&[0, 0, 0, 0, 0, 0, 1, 0])).unwrap();
        assert_eq!(counted.sample_iv(5), [0, 0, 0, 0, 0, 0, 1, 5]);
        assert_eq!(counted.track().constant_iv, None);
        for (scheme, wrong) in [(Scheme::Cenc, 16), (Scheme::Cbcs, 8)] {
            let refused = Encryption::new(scheme, KEY_ID, &key, Some(&[0; 16][..wrong]));
            assert_eq!(refused.unwrap_err(), Error::IvLength { needed: 24 - wrong });
        }
    }

    #[test]
    fn nothing_of_the_key_is_printed() {
        let encryption = Encryption::new(Scheme::Cenc, KEY_ID, &Key::parse(&[0xab; 16]).unwrap(), None).unwrap();
        assert_eq!(format!("{encryption:?}"), "Encryption { scheme: Cenc, key_id: 07070707070707070707070707070707, .. }");
    }
}
