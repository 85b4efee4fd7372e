//! What a codec's own parameter sets say of its pictures, which the container need not repeat.

mod avc;
mod hevc;
mod usability;

use serde::Serialize;

use crate::codec::{self, Family};
use crate::reader::Reader;
use crate::{FourCc, SampleEntry};

/// The pictures that decoding will give.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Picture {
    /// Width in pixels, cropped as the codec says.
    pub width: u32,
    /// Height in pixels, cropped as the codec says.
    pub height: u32,
    /// How colour is sampled.
    pub chroma: Chroma,
    /// Bits per component.
    pub bit_depth: u8,
    /// Each picture is a frame: there are no fields.
    pub progressive: bool,
    /// Pixel aspect ratio, width to height.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pixel_aspect: Option<(u32, u32)>,
    /// Sample values use the full range.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full_range: Option<bool>,
    /// Primaries, transfer and matrix, with the code points of ITU-T H.273.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colour: Option<(u16, u16, u16)>,
}

/// How colour is sampled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Chroma {
    /// No colour.
    #[serde(rename = "4:0:0")]
    Monochrome,
    /// Half as often in both directions.
    #[serde(rename = "4:2:0")]
    Quarter,
    /// Half as often in a row.
    #[serde(rename = "4:2:2")]
    Half,
    /// As often as brightness.
    #[serde(rename = "4:4:4")]
    Full,
}

/// A parameter set is a few dozen bytes; what is longer is not read to its end.
const MAX_PARAMETER_SET_BYTES: usize = 4096;

impl Picture {
    /// Reads an entry's parameter sets; `None` where they are not in the header, are several, or can't be read.
    pub fn of(entry: &SampleEntry<'_>) -> Option<Self> {
        let configuration = entry.configuration().get(8..)?;
        match entry.codec.family {
            Family::Avc => avc::read(&unescaped(only_avc_set(configuration)?)),
            Family::Hevc => hevc::read(&unescaped(only_hevc_set(configuration)?)),
            Family::Av1 => codec::av1_picture(configuration),
            _ => None,
        }
    }
}

impl Chroma {
    /// `chroma_format_idc` of H.264 and HEVC.
    const fn of(idc: u32) -> Option<Self> {
        match idc {
            0 => Some(Self::Monochrome),
            1 => Some(Self::Quarter),
            2 => Some(Self::Half),
            3 => Some(Self::Full),
            _ => None,
        }
    }

    /// Pixels that one step of a cropping rectangle is worth, across and down.
    const fn crop_unit(self) -> (u32, u32) {
        match self {
            Self::Quarter => (2, 2),
            Self::Half => (2, 1),
            Self::Monochrome | Self::Full => (1, 1),
        }
    }
}

/// The sequence parameter set of an `avcC` (ISO/IEC 14496-15 §5.3.3.1), without its NAL unit header, if there is one only.
fn only_avc_set(configuration: &[u8]) -> Option<&[u8]> {
    let mut reader = Reader::new(configuration, FourCc::new(b"avcC"));
    reader.skip(5).ok()?;
    if reader.u8().ok()? & 0x1f != 1 {
        return None;
    }
    let length = reader.u16().ok()?;
    reader.bytes(length.into()).ok()?.get(1..)
}

/// The same of an `hvcC` (ISO/IEC 14496-15 §8.3.3.1).
fn only_hevc_set(configuration: &[u8]) -> Option<&[u8]> {
    const SEQUENCE: u8 = 33;
    let mut reader = Reader::new(configuration, FourCc::new(b"hvcC"));
    reader.skip(22).ok()?;
    let arrays = reader.u8().ok()?;
    let mut found = None;
    for _ in 0..arrays {
        let kind = reader.u8().ok()? & 0x3f;
        for _ in 0..reader.u16().ok()? {
            let length = reader.u16().ok()?;
            let unit = reader.bytes(length.into()).ok()?;
            if kind == SEQUENCE && found.replace(unit).is_some() {
                return None;
            }
        }
    }
    found?.get(2..)
}

/// A NAL unit's bytes without those that keep start codes out of it (ISO/IEC 14496-10 §7.4.1).
fn unescaped(unit: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(unit.len().min(MAX_PARAMETER_SET_BYTES));
    let mut zeros = 0;
    for byte in unit.iter().take(MAX_PARAMETER_SET_BYTES) {
        if zeros >= 2 && *byte == 3 {
            zeros = 0;
            continue;
        }
        zeros = if *byte == 0 { zeros + 1 } else { 0 };
        bytes.push(*byte);
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_taken_out() {
        assert_eq!(unescaped(&[1, 0, 0, 3, 1, 0, 0, 3, 3, 0, 0]), [1, 0, 0, 1, 0, 0, 3, 0, 0]);
    }

    /// A parameter set of a camera or an encoder, in hex.
    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u8> = hex.chars().filter_map(|digit| digit.to_digit(16)).filter_map(|d| u8::try_from(d).ok()).collect();
        unescaped(&digits.chunks(2).map(|pair| pair.iter().fold(0, |byte, digit| byte << 4 | digit)).collect::<Vec<u8>>())
    }

    fn picture(width: u32, height: u32, pixel_aspect: Option<(u32, u32)>) -> Picture {
        Picture {
            width,
            height,
            chroma: Chroma::Quarter,
            bit_depth: 8,
            progressive: true,
            pixel_aspect,
            full_range: None,
            colour: None,
        }
    }

    #[test]
    fn avc_sets_tell_shape_depth_fields_and_colour() {
        let of = |hex| avc::read(&bytes(hex));
        let square = Some((1, 1));
        assert_eq!(of("64001eacd940a02ff971010000030001000003003c0f162d96"), Some(picture(640, 360, Some((2, 1)))));
        let camera = "4d401f9a6406c1ed80b7010101400002eec000afc83a18009890002625aef2e3430013120004c4b5de5c3b844228b0";
        // Ten columns more than its container shows: this one crops nothing.
        let expected = Picture { full_range: Some(true), colour: Some((1, 1, 1)), ..picture(864, 480, square) };
        assert_eq!(of(camera), Some(expected));
        let web = "64001fac56240f0117ef016a0c0c0c800001f480007530078c18c4c0";
        let expected = Picture { full_range: Some(false), colour: Some((6, 6, 6)), ..picture(960, 540, square) };
        assert_eq!(of(web), Some(expected));
        let fields = "7a0015b6cd941433f3e02d9000000300100000030321f1429960";
        let expected = Picture {
            chroma: Chroma::Half,
            bit_depth: 10,
            progressive: false,
            full_range: Some(true),
            ..picture(320, 180, square)
        };
        assert_eq!(of(fields), Some(expected));
    }

    #[test]
    fn hevc_sets_tell_shape_depth_and_colour() {
        let of = |hex| hevc::read(&bytes(hex));
        let full = "01016000000300900000030000030078a003c08010e596566924caf016e04040b4820000030002000003003c10";
        let expected = Picture { full_range: Some(true), colour: Some((2, 2, 5)), ..picture(1920, 1080, Some((1, 1))) };
        assert_eq!(of(full), Some(expected));
        let phone = "01022000000300b00000030000030078a003c0801107cad8815ee45954d424482402";
        let expected = Picture { bit_depth: 10, full_range: Some(false), colour: Some((9, 18, 9)), ..picture(1920, 1080, None) };
        assert_eq!(of(phone), Some(expected));
    }

    #[test]
    fn a_set_that_is_cut_tells_nothing() {
        let set = bytes("64001fac56240f0117ef016a0c0c0c800001f480007530078c18c4c0");
        assert!((0..14).all(|end| set.get(..end).and_then(avc::read).is_none()));
    }

    #[test]
    fn any_bytes_are_read_without_harm() {
        for seed in 0..2000u32 {
            let bytes: Vec<u8> =
                (0..120u32).map(|at| seed.wrapping_mul(2_654_435_761).rotate_left(at).to_be_bytes()[0]).collect();
            let _ = (avc::read(&bytes), hevc::read(&bytes), only_avc_set(&bytes), only_hevc_set(&bytes));
        }
    }
}
