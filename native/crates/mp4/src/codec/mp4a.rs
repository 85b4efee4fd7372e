//! `esds`: the descriptors of ISO/IEC 14496-1 §7.2.6 and the AAC configuration of 14496-3 §1.6.

use super::{Codec, Family};
use crate::bits::BitReader;
use crate::reader::Reader;
use crate::{FourCc, Result};

const ESDS: FourCc = FourCc::new(b"esds");
const ES: u8 = 3;
const DECODER_CONFIG: u8 = 4;
const DECODER_SPECIFIC: u8 = 5;

/// Reads a descriptor's tag and gives its body.
fn descriptor<'a>(reader: &mut Reader<'a>) -> Result<(u8, Reader<'a>)> {
    let tag = reader.u8()?;
    let mut length = 0usize;
    for _ in 0..4 {
        let byte = reader.u8()?;
        length = (length << 7) | usize::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            break;
        }
    }
    Ok((tag, Reader::new(reader.bytes(length.min(reader.rest().len()))?, ESDS)))
}

pub(super) fn read(mut esds: Reader<'_>) -> Result<Codec> {
    esds.full_box()?;
    let (tag, mut stream) = descriptor(&mut esds)?;
    if tag == ES {
        stream.skip(2)?;
        let flags = stream.u8()?;
        if flags & 0x80 != 0 {
            stream.skip(2)?;
        }
        if flags & 0x40 != 0 {
            let length = stream.u8()?;
            stream.skip(usize::from(length))?;
        }
        if flags & 0x20 != 0 {
            stream.skip(2)?;
        }
    }
    let (tag, mut config) = if tag == ES { descriptor(&mut stream)? } else { (tag, stream) };
    if tag != DECODER_CONFIG {
        return Err(crate::Error::Malformed { place: ESDS, reason: "no decoder configuration" });
    }
    let object_type = config.u8()?;
    config.skip(12)?;
    Ok(match object_type {
        0x40 | 0x66..=0x68 => {
            let specific = descriptor(&mut config).ok().filter(|(tag, _)| *tag == DECODER_SPECIFIC);
            aac(object_type, specific.map_or(&[], |(_, body)| body.rest()))
        }
        0x69 | 0x6b => Codec::new(Family::Mp3, format!("mp4a.{object_type:02X}")),
        0xa5 => Codec::new(Family::Ac3, "ac-3".to_owned()),
        0xa6 => Codec::new(Family::Eac3, "ec-3".to_owned()),
        _ => Codec::new(Family::Other, format!("mp4a.{object_type:02X}")),
    })
}

const RATES: [u32; 13] = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];

fn aac(object_type: u8, specific: &[u8]) -> Codec {
    let mut bits = BitReader::new(specific);
    let parsed = audio_object_type(&mut bits).map(|audio_object| {
        let rate = sampling_rate(&mut bits);
        let channels = bits.bits(4).and_then(|configuration| match configuration {
            count @ 1..=6 => u16::try_from(count).ok(),
            7 => Some(8),
            _ => None,
        });
        (audio_object, rate, channels)
    });
    let (audio_object, rate, channels) = parsed.unwrap_or((2, None, None));
    let string = if object_type == 0x40 { format!("mp4a.40.{audio_object}") } else { format!("mp4a.{object_type:02X}") };
    Codec { channels, sample_rate: rate, ..Codec::new(Family::Aac, string) }
}

fn audio_object_type(bits: &mut BitReader<'_>) -> Option<u32> {
    match bits.bits(5)? {
        31 => Some(32 + bits.bits(6)?),
        short => Some(short),
    }
}

fn sampling_rate(bits: &mut BitReader<'_>) -> Option<u32> {
    match bits.bits(4)? {
        15 => bits.bits(24),
        index => RATES.get(index as usize).copied(),
    }
}
