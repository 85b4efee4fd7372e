use super::{Codec, Family, mp4a};
use crate::boxes::Boxes;
use crate::{FourCc, Result};

/// Reads an audio entry's codec.
pub(crate) fn audio(format: FourCc, boxes: &Boxes<'_>) -> Result<Codec> {
    match &format.0 {
        b"mp4a" => match boxes.find(FourCc::new(b"esds")) {
            Some(esds) => mp4a::read(esds.complete()?.reader()),
            None => Ok(Codec::other(format)),
        },
        b".mp3" => Ok(Codec::new(Family::Mp3, "mp4a.6B".to_owned())),
        b"Opus" => opus(boxes),
        b"ac-3" => ac3(boxes),
        b"ec-3" => eac3(boxes),
        b"fLaC" => flac(boxes),
        _ => Ok(Codec::other(format)),
    }
}

/// Channels of an MPEG audio frame (ISO/IEC 11172-3 §2.4.1.3); `None` for bytes that begin with no frame header.
pub(crate) fn mpeg_audio_channels(frame: &[u8]) -> Option<u16> {
    const SINGLE_CHANNEL: u8 = 3;
    let &[0xff, second, _, fourth, ..] = frame else { return None };
    (second >= 0xe0).then_some(if fourth >> 6 == SINGLE_CHANNEL { 1 } else { 2 })
}

fn opus(boxes: &Boxes<'_>) -> Result<Codec> {
    let mut reader = boxes.require(FourCc::new(b"dOps"))?.reader();
    reader.skip(1)?;
    let channels = u16::from(reader.u8()?);
    Ok(Codec { channels: Some(channels), sample_rate: Some(48000), ..Codec::new(Family::Opus, "opus".to_owned()) })
}

/// Full-range channels of each audio coding mode (ETSI TS 102 366 §4.4.2.3).
const CODING_MODE_CHANNELS: [u16; 8] = [2, 1, 2, 3, 3, 4, 4, 5];

fn dolby_channels(coding_mode: u32, low_frequency: u32) -> u16 {
    let full = CODING_MODE_CHANNELS.get(coding_mode as usize).copied().unwrap_or(2);
    full + u16::from(low_frequency == 1)
}

/// `dac3`: ETSI TS 102 366 Annex F.4.
fn ac3(boxes: &Boxes<'_>) -> Result<Codec> {
    let mut reader = boxes.require(FourCc::new(b"dac3"))?.reader();
    let packed = (u32::from(reader.u8()?) << 16) | (u32::from(reader.u8()?) << 8) | u32::from(reader.u8()?);
    let channels = dolby_channels((packed >> 11) & 7, (packed >> 10) & 1);
    Ok(Codec { channels: Some(channels), ..Codec::new(Family::Ac3, "ac-3".to_owned()) })
}

/// `dec3`: the same, Annex F.6. Channels of dependent substreams are added by their location bits.
fn eac3(boxes: &Boxes<'_>) -> Result<Codec> {
    let found = boxes.require(FourCc::new(b"dec3"))?;
    let mut bits = crate::bits::BitReader::new(found.payload);
    let channels = (|| {
        bits.skip(16 + 2 + 5 + 1 + 1 + 3)?;
        let (mode, low_frequency) = (bits.bits(3)?, bits.bits(1)?);
        bits.skip(3)?;
        let dependent = bits.bits(4)?;
        let locations = if dependent > 0 { bits.bits(9)? } else { 0 };
        // Lc/Rc, Lrs/Rrs, Lsd/Rsd, Lw/Rw and Lvh/Rvh are pairs, the others single channels.
        let pairs = (locations & 0b0_0111_0011).count_ones();
        let added = locations.count_ones() + pairs;
        Some(dolby_channels(mode, low_frequency) + u16::try_from(added).ok()?)
    })();
    Ok(Codec { channels, ..Codec::new(Family::Eac3, "ec-3".to_owned()) })
}

/// `dfLa`: the STREAMINFO block of the FLAC format.
fn flac(boxes: &Boxes<'_>) -> Result<Codec> {
    let mut reader = boxes.require(FourCc::new(b"dfLa"))?.reader();
    reader.skip(4 + 4 + 10)?;
    let packed = reader.u32()?;
    let channels = u16::try_from(((packed >> 9) & 7) + 1).ok();
    let depth = u8::try_from(((packed >> 4) & 31) + 1).ok();
    Ok(Codec { channels, bit_depth: depth, sample_rate: Some(packed >> 12), ..Codec::new(Family::Flac, "fLaC".to_owned()) })
}
