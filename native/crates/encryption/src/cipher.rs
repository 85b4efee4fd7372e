//! AES over the protected parts of a sample (ISO/IEC 23001-7 §9, §10).

use std::io::{self, Write};

use aes::Aes128;
use aes::cipher::{Block, BlockModeEncrypt, InnerIvInit, StreamCipher};
use reelway_mp4::Scheme;

use crate::writer::PERIOD;
use crate::{EncryptedWriter, Encryption, Part, ProtectedSample};

const BLOCK: usize = 16;

impl Encryption {
    /// Writes a sample with its protected parts encrypted; `parts` are those of its segment.
    pub fn encrypt<W: Write>(
        &self,
        sample: &ProtectedSample,
        parts: &[Part],
        bytes: &[u8],
        out: &mut EncryptedWriter<W>,
    ) -> io::Result<()> {
        match (self.scheme(), &sample.parts) {
            (Scheme::Cenc, None) => out.transformed(bytes, keystream(self, sample)),
            (Scheme::Cbcs, None) => out.transformed(bytes, chain(self, BLOCK)),
            (scheme, Some(range)) => {
                let parts = parts.get(range.clone()).ok_or(io::ErrorKind::InvalidInput)?;
                // With cenc the keystream goes on from part to part; with cbcs each part begins anew.
                let mut stream = keystream(self, sample);
                let mut rest = bytes;
                for part in parts {
                    let (clear, behind) = rest.split_at_checked(usize::from(part.clear)).ok_or(io::ErrorKind::InvalidInput)?;
                    let protected = behind.split_at_checked(part.protected as usize);
                    let (protected, behind) = protected.ok_or(io::ErrorKind::InvalidInput)?;
                    out.clear(clear)?;
                    match scheme {
                        Scheme::Cenc => out.transformed(protected, &mut stream)?,
                        Scheme::Cbcs => out.transformed(protected, chain(self, PERIOD))?,
                    }
                    rest = behind;
                }
                Ok(())
            }
        }
    }
}

/// AES-CTR: the vector is the counter's upper half, blocks are counted in its lower half.
fn keystream(encryption: &Encryption, sample: &ProtectedSample) -> impl FnMut(&mut [u8]) {
    let mut counter = [0; BLOCK];
    counter.iter_mut().zip(sample.iv).for_each(|(to, from)| *to = from);
    let core = ctr::CtrCore::<Aes128, ctr::flavors::Ctr64BE>::inner_iv_init(encryption.aes.clone(), &counter.into());
    let mut stream = ctr::Ctr64BE::<Aes128>::from_core(core);
    move |run| stream.apply_keystream(run)
}

/// AES-CBC over the first block of each `period` bytes; an incomplete block at the end stays clear.
fn chain(encryption: &Encryption, period: usize) -> impl FnMut(&mut [u8]) {
    let mut chain = cbc::Encryptor::<Aes128>::inner_iv_init(encryption.aes.clone(), &(*encryption.constant_iv()).into());
    move |run| {
        for period in run.chunks_mut(period) {
            if let Some(block) = period.first_chunk_mut::<BLOCK>() {
                chain.encrypt_block(<&mut Block<Aes128>>::from(block));
            }
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use aes::cipher::{BlockCipherEncrypt, KeyInit};
    use reelway_mp4::Bytes16;

    use super::*;
    use crate::Key;

    /// Of NIST SP 800-38A: the key of all its examples, and the four blocks that they encrypt.
    const KEY: u128 = 0x2b7e_1516_28ae_d2a6_abf7_1588_09cf_4f3c;
    const PLAIN: [u128; 4] = [
        0x6bc1_bee2_2e40_9f96_e93d_7e11_7393_172a,
        0xae2d_8a57_1e03_ac9c_9eb7_6fac_45af_8e51,
        0x30c8_1c46_a35c_e411_e5fb_c119_1a0a_52ef,
        0xf69f_2445_df4f_9b17_ad2b_417b_e66c_3710,
    ];
    /// F.2.1, CBC with the vector 000102…0f.
    const CHAINED: [u128; 4] = [
        0x7649_abac_8119_b246_cee9_8e9b_12e9_197d,
        0x5086_cb9b_5072_19ee_95db_113a_9176_78b2,
        0x73be_d6b8_e3c1_743b_7116_e69e_2222_9516,
        0x3ff1_caa1_681f_ac09_120e_ca30_7586_e1a7,
    ];
    const VECTOR: u128 = 0x0001_0203_0405_0607_0809_0a0b_0c0d_0e0f;

    fn bytes(blocks: &[u128]) -> Vec<u8> {
        blocks.iter().flat_map(|block| block.to_be_bytes()).collect()
    }

    fn encryption(scheme: Scheme, key: u128, iv: &[u8]) -> Encryption {
        Encryption::new(scheme, Bytes16([0; 16]), &Key::parse(&key.to_be_bytes()).unwrap(), Some(iv)).unwrap()
    }

    fn encrypt(encryption: &Encryption, iv: [u8; 8], parts: Option<&[Part]>, bytes: &[u8]) -> Vec<u8> {
        let sample = ProtectedSample { iv, parts: parts.map(|parts| 0..parts.len()) };
        let mut out = Vec::new();
        let mut writer = EncryptedWriter::new(&mut out);
        encryption.encrypt(&sample, parts.unwrap_or_default(), bytes, &mut writer).unwrap();
        writer.finish().unwrap();
        out
    }

    #[test]
    fn sound_is_chained_as_the_standard_s_example() {
        let cbcs = encryption(Scheme::Cbcs, KEY, &VECTOR.to_be_bytes());
        assert_eq!(encrypt(&cbcs, [0; 8], None, &bytes(&PLAIN)), bytes(&CHAINED));
        let with_rest = [bytes(&PLAIN), vec![1, 2, 3]].concat();
        assert_eq!(encrypt(&cbcs, [0; 8], None, &with_rest), [bytes(&CHAINED), vec![1, 2, 3]].concat());
    }

    #[test]
    fn of_pictures_one_block_in_ten_is_chained_and_each_part_begins_anew() {
        let cbcs = encryption(Scheme::Cbcs, KEY, &VECTOR.to_be_bytes());
        let clear = [0xee; 144];
        let part = [&bytes(&PLAIN[..1])[..], &clear, &bytes(&PLAIN[1..2]), &[9; 7]].concat();
        let expected = [&bytes(&CHAINED[..1])[..], &clear, &bytes(&CHAINED[1..2]), &[9; 7]].concat();
        let parts = [Part { clear: 3, protected: 183 }, Part { clear: 0, protected: 183 }, Part { clear: 2, protected: 0 }];
        let sample = [&[1, 2, 3][..], &part, &part, &[4, 5]].concat();
        assert_eq!(encrypt(&cbcs, [0; 8], Some(&parts), &sample), [&[1, 2, 3][..], &expected, &expected, &[4, 5]].concat());
    }

    #[test]
    fn the_keystream_counts_blocks_behind_the_vector_and_goes_on_over_parts() {
        // Blocks of the counter, encrypted one by one with the cipher of F.1.1.
        let aes = aes::Aes128::new(&KEY.to_be_bytes().into());
        let keystream: Vec<u8> = (0..4u64)
            .flat_map(|count| {
                let mut block: Block<Aes128> = ((0x0102_0304_0506_0708u128 << 64) | u128::from(count)).to_be_bytes().into();
                aes.encrypt_block(&mut block);
                block
            })
            .collect();
        let mut example: Block<Aes128> = PLAIN[0].to_be_bytes().into();
        aes.encrypt_block(&mut example);
        assert_eq!(example[..], 0x3ad7_7bb4_0d7a_3660_a89e_caf3_2466_ef97_u128.to_be_bytes());

        let cenc = encryption(Scheme::Cenc, KEY, &[0; 8]);
        let plain = bytes(&PLAIN);
        let expected: Vec<u8> = plain.iter().zip(&keystream).map(|(byte, key)| byte ^ key).collect();
        let iv = [1, 2, 3, 4, 5, 6, 7, 8];
        assert_eq!(encrypt(&cenc, iv, None, &plain), expected);
        assert_eq!(encrypt(&cenc, iv, None, &plain[..21]), expected[..21]);
        let parts = [Part { clear: 5, protected: 16 }, Part { clear: 2, protected: 48 }];
        let sample = [&[7; 5][..], &plain[..16], &[8; 2], &plain[16..]].concat();
        assert_eq!(encrypt(&cenc, iv, Some(&parts), &sample), [&[7; 5][..], &expected[..16], &[8; 2], &expected[16..]].concat());
    }

    #[test]
    fn parts_that_do_not_fit_their_sample_are_an_error() {
        let cenc = encryption(Scheme::Cenc, KEY, &[0; 8]);
        let sample = ProtectedSample { iv: [0; 8], parts: Some(0..1) };
        let parts = [Part { clear: 1, protected: 16 }];
        assert!(cenc.encrypt(&sample, &parts, &[0; 16], &mut EncryptedWriter::new(Vec::new())).is_err());
    }
}
