//! Reads encrypted renditions and decrypts them, written from the standard and not from the engine: ISO/IEC 23001-7.

use aes::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, KeyInit};
use aes::{Aes128, Block};
use reelway_mp4::{Boxes, FourCc};

use super::packaged::packets;

/// A rendition whose samples are encrypted.
pub(crate) struct EncryptedRendition {
    pub(crate) scheme: String,
    pub(crate) key_id: Vec<u8>,
    /// Blocks that are encrypted and blocks that are not; none of either where there is no pattern.
    pub(crate) pattern: (u8, u8),
    pub(crate) constant_iv: Option<Vec<u8>>,
    pub(crate) samples: Vec<EncryptedSample>,
}

pub(crate) struct EncryptedSample {
    pub(crate) iv: Vec<u8>,
    /// Clear and protected bytes; without any, all are protected.
    pub(crate) parts: Vec<(usize, usize)>,
    pub(crate) bytes: Vec<u8>,
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "byte literals are references")]
fn child<'a>(boxes: &'a [u8], kind: &[u8; 4]) -> Option<&'a [u8]> {
    Boxes::new(boxes).find(|found| &found.kind.0 == kind).map(|found| found.payload)
}

fn descend<'a>(boxes: &'a [u8], path: &[&[u8; 4]]) -> &'a [u8] {
    path.iter().fold(boxes, |boxes, kind| child(boxes, kind).unwrap_or_else(|| panic!("no {}", FourCc::new(kind))))
}

fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |sum, byte| (sum << 8) | usize::from(*byte))
}

impl EncryptedRendition {
    /// Reads an init segment and segments, laid one behind the other.
    pub(crate) fn read(whole: &[u8]) -> Self {
        let entries = &descend(whole, &[b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd"])[8..];
        let entry = Boxes::new(entries).next().expect("an entry");
        let fields = if entry.kind == FourCc::new(b"encv") { 78 } else { 28 };
        let sinf = child(&entry.payload[fields..], b"sinf").expect("sinf");
        let tenc = descend(sinf, &[b"schi", b"tenc"]);
        assert_eq!(tenc[6], 1, "protected by default");
        let iv_size = usize::from(tenc[7]);
        let constant_iv = (iv_size == 0).then(|| tenc[25..25 + usize::from(tenc[24])].to_vec());
        let fragments = Boxes::new(whole).filter(|found| found.kind == FourCc::new(b"moof"));
        let mut said = Vec::new();
        for fragment in fragments {
            let traf = child(fragment.payload, b"traf").expect("traf");
            read_auxiliary(whole, fragment.start, traf, iv_size, &mut said);
        }
        let packets = packets(whole, None);
        if said.is_empty() {
            said.resize(packets.len(), (Vec::new(), Vec::new()));
        }
        assert_eq!(said.len(), packets.len(), "senc tells of all samples");
        Self {
            scheme: String::from_utf8(child(sinf, b"schm").expect("schm")[4..8].to_vec()).expect("letters"),
            key_id: tenc[8..24].to_vec(),
            pattern: (tenc[5] >> 4, tenc[5] & 15),
            constant_iv,
            samples: said
                .into_iter()
                .zip(packets)
                .map(|((iv, parts), packet)| EncryptedSample { iv, parts, bytes: packet.bytes })
                .collect(),
        }
    }

    /// All samples in the clear.
    pub(crate) fn decrypt(&self, key: &[u8; 16]) -> Vec<Vec<u8>> {
        let aes = Aes128::new(&(*key).into());
        self.samples.iter().map(|sample| self.decrypt_sample(sample, &aes)).collect()
    }

    fn decrypt_sample(&self, sample: &EncryptedSample, aes: &Aes128) -> Vec<u8> {
        let mut bytes = sample.bytes.clone();
        let all = [(0, bytes.len())];
        let parts = if sample.parts.is_empty() { &all[..] } else { &sample.parts };
        assert_eq!(
            parts.iter().map(|(clear, protected)| clear + protected).sum::<usize>(),
            bytes.len(),
            "parts cover the sample"
        );
        let (mut place, mut counter) = (0, 0u64);
        for (clear, protected) in parts {
            place += clear;
            let part = &mut bytes[place..place + protected];
            match &self.constant_iv {
                None => counter = decrypt_counted(part, &sample.iv, counter, aes),
                Some(iv) => decrypt_chained(part, iv, self.pattern, aes),
            }
            place += protected;
        }
        bytes
    }
}

/// One sample's initialization vector and parts.
type Said = (Vec<u8>, Vec<(usize, usize)>);

/// Reads `senc`, and checks that `saiz` and `saio` say the same.
fn read_auxiliary(whole: &[u8], fragment: usize, traf: &[u8], iv_size: usize, said: &mut Vec<Said>) {
    let Some(senc) = child(traf, b"senc") else { return };
    let has_parts = number(&senc[..4]) & 2 != 0;
    let count = number(&senc[4..8]);
    let (lengths, offsets) = (child(traf, b"saiz").expect("saiz"), child(traf, b"saio").expect("saio"));
    assert_eq!(number(&lengths[5..9]), count);
    let place = fragment + number(&offsets[8..12]);
    assert_eq!(&whole[place..place + senc.len() - 8], &senc[8..], "saio leads to the entries of senc");
    let mut rest = &senc[8..];
    for index in 0..count {
        let before = rest.len();
        let iv = rest[..iv_size].to_vec();
        rest = &rest[iv_size..];
        let mut parts = Vec::new();
        if has_parts {
            let count = number(&rest[..2]);
            rest = &rest[2..];
            for _ in 0..count {
                parts.push((number(&rest[..2]), number(&rest[2..6])));
                rest = &rest[6..];
            }
        }
        let told = if lengths[4] == 0 { usize::from(lengths[9 + index]) } else { usize::from(lengths[4]) };
        assert_eq!(before - rest.len(), told, "saiz tells each entry's length");
        said.push((iv, parts));
    }
    assert!(rest.is_empty());
}

/// AES-CTR; gives the counter for the next part.
fn decrypt_counted(part: &mut [u8], iv: &[u8], mut counter: u64, aes: &Aes128) -> u64 {
    for chunk in part.chunks_mut(16) {
        let mut block = Block::default();
        block[..8].copy_from_slice(iv);
        block[8..].copy_from_slice(&counter.to_be_bytes());
        aes.encrypt_block(&mut block);
        chunk.iter_mut().zip(block).for_each(|(byte, key)| *byte ^= key);
        counter += 1;
    }
    counter
}

/// AES-CBC with a pattern, over whole blocks.
fn decrypt_chained(part: &mut [u8], iv: &[u8], (encrypted, clear): (u8, u8), aes: &Aes128) {
    let mut before = iv.to_vec();
    let period = usize::from(encrypted) + usize::from(clear);
    for (index, chunk) in part.chunks_exact_mut(16).enumerate() {
        if period > 0 && index % period >= usize::from(encrypted) {
            continue;
        }
        let cipher = chunk.to_vec();
        let mut block: Block = <[u8; 16]>::try_from(&cipher[..]).expect("a block").into();
        aes.decrypt_block(&mut block);
        chunk.iter_mut().zip(block.iter().zip(&before)).for_each(|(byte, (plain, chained))| *byte = plain ^ chained);
        before = cipher;
    }
}
