//! The codecs that the engine packages: their configuration boxes, and the RFC 6381 strings that come from them.

mod audio;
mod av1;
mod dolby_vision;
mod hevc;
mod mp4a;

use crate::boxes::Boxes;
use crate::{Colour, Error, FourCc, Result};

pub(crate) use audio::{audio, mpeg_audio_channels};
pub(crate) use av1::picture as av1_picture;

/// A codec family.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// H.264, AVC.
    Avc,
    /// H.265, HEVC.
    Hevc,
    /// AV1.
    Av1,
    /// VP9.
    Vp9,
    /// MPEG-4 AAC, all object types.
    Aac,
    /// MPEG-1/2 layer III.
    Mp3,
    /// Opus.
    Opus,
    /// Dolby Digital.
    Ac3,
    /// Dolby Digital Plus.
    Eac3,
    /// FLAC.
    Flac,
    /// Known to exist, not packaged.
    Other,
}

impl Family {
    /// A short name for folders, groups and documents.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Avc => "h264",
            Self::Hevc => "hevc",
            Self::Av1 => "av1",
            Self::Vp9 => "vp9",
            Self::Aac => "aac",
            Self::Mp3 => "mp3",
            Self::Opus => "opus",
            Self::Ac3 => "ac3",
            Self::Eac3 => "eac3",
            Self::Flac => "flac",
            Self::Other => "other",
        }
    }
}

/// What an entry's configuration says about its codec.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Codec {
    /// The family.
    pub family: Family,
    /// The RFC 6381 string, from the configuration box and never from a table.
    pub string: String,
    /// Bits per component, where the configuration tells.
    pub bit_depth: Option<u8>,
    /// Colour description, where the configuration tells.
    pub colour: Option<Colour>,
    /// An enhancement that a player may use instead (Dolby Vision), in the form of HLS's `SUPPLEMENTAL-CODECS`.
    pub supplemental: Option<String>,
    /// Bytes of the length before each NAL unit (AVC, HEVC).
    pub nal_length: Option<u8>,
    /// Channels, where the configuration tells.
    pub channels: Option<u16>,
    /// Samples per second, where the configuration tells.
    pub sample_rate: Option<u32>,
}

impl Codec {
    pub(crate) fn new(family: Family, string: String) -> Self {
        Self {
            family,
            string,
            bit_depth: None,
            colour: None,
            supplemental: None,
            nal_length: None,
            channels: None,
            sample_rate: None,
        }
    }

    pub(crate) fn other(format: FourCc) -> Self {
        Self::new(Family::Other, format.to_string().trim().to_owned())
    }
}

/// Reads a visual entry's codec; `colour` is what the container says.
pub(crate) fn visual(format: FourCc, boxes: &Boxes<'_>, colour: Option<Colour>) -> Result<Codec> {
    let mut codec = match &format.0 {
        b"avc1" | b"avc3" => avc(format, boxes)?,
        b"hvc1" | b"hev1" | b"dvh1" | b"dvhe" => hevc::read(format, boxes)?,
        b"av01" => av1::read(boxes, colour)?,
        b"vp09" => vp9(boxes)?,
        _ => Codec::other(format),
    };
    codec.supplemental = dolby_vision::supplemental(format, boxes);
    Ok(codec)
}

fn avc(format: FourCc, boxes: &Boxes<'_>) -> Result<Codec> {
    let place = FourCc::new(b"avcC");
    let mut reader = boxes.require(place)?.reader();
    if reader.u8()? != 1 {
        return Err(Error::Malformed { place, reason: "version is not 1" });
    }
    let (profile, compatibility, level) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let nal_length = (reader.u8()? & 3) + 1;
    let string = format!("{format}.{profile:02x}{compatibility:02x}{level:02x}");
    Ok(Codec { nal_length: Some(nal_length), ..Codec::new(Family::Avc, string) })
}

/// VP Codec ISO Media File Format Binding, §"Codecs Parameter String": always the full form.
fn vp9(boxes: &Boxes<'_>) -> Result<Codec> {
    let mut reader = boxes.require(FourCc::new(b"vpcC"))?.reader();
    reader.full_box()?;
    let (profile, level, packed) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let (primaries, transfer, matrix) = (reader.u8()?, reader.u8()?, reader.u8()?);
    let (depth, subsampling, full_range) = (packed >> 4, (packed >> 1) & 7, packed & 1);
    let string = format!(
        "vp09.{profile:02}.{level:02}.{depth:02}.{subsampling:02}.{primaries:02}.{transfer:02}.{matrix:02}.{full_range:02}"
    );
    let colour =
        Colour { primaries: primaries.into(), transfer: transfer.into(), matrix: matrix.into(), full_range: full_range == 1 };
    Ok(Codec { bit_depth: Some(depth), colour: Some(colour), ..Codec::new(Family::Vp9, string) })
}
