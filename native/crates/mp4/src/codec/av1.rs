use super::{Codec, Family};
use crate::bits::BitReader;
use crate::boxes::Boxes;
use crate::{Chroma, Colour, Error, FourCc, Picture, Result};

/// AV1 Codec ISO Media File Format Binding §5: the short form when all that follows it has its default value.
pub(super) fn read(boxes: &Boxes<'_>, container_colour: Option<Colour>) -> Result<Codec> {
    let place = FourCc::new(b"av1C");
    let mut reader = boxes.require(place)?.reader();
    if reader.u8()? != 0x81 {
        return Err(Error::Malformed { place, reason: "marker and version are not 1" });
    }
    let (profile_level, packed) = (reader.u8()?, reader.u8()?);
    reader.skip(1)?;
    let (profile, level) = (profile_level >> 5, profile_level & 0x1f);
    let (high_tier, high_depth, twelve) = (packed & 0x80 != 0, packed & 0x40 != 0, packed & 0x20 != 0);
    let depth = match (high_depth, twelve && profile == 2) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    let monochrome = u8::from(packed & 0x10 != 0);
    let (x, y, position) = ((packed >> 3) & 1, (packed >> 2) & 1, packed & 3);
    let colour = container_colour.or_else(|| Sequence::read(reader.rest())?.colour());
    let (primaries, transfer, matrix, full) =
        colour.map_or((1, 1, 1, 0), |c| (c.primaries, c.transfer, c.matrix, u8::from(c.full_range)));

    let tier = if high_tier { 'H' } else { 'M' };
    let position = if x == 1 && y == 1 { position } else { 0 };
    let tail = format!("{monochrome}.{x}{y}{position}.{primaries:02}.{transfer:02}.{matrix:02}.{full}");
    let mut string = format!("av01.{profile}.{level:02}{tier}.{depth:02}");
    if tail != "0.110.01.01.01.0" {
        string = format!("{string}.{tail}");
    }
    Ok(Codec { bit_depth: Some(depth), colour, ..Codec::new(Family::Av1, string) })
}

/// What the configuration and the sequence header that it carries say of the pictures.
pub(crate) fn picture(configuration: &[u8]) -> Option<Picture> {
    let [_, _, packed, _, obus @ ..] = configuration else { return None };
    let sequence = Sequence::read(obus)?;
    let chroma = match (packed >> 4 & 1, packed >> 3 & 1, packed >> 2 & 1) {
        (1, ..) => Chroma::Monochrome,
        (_, 1, 1) => Chroma::Quarter,
        (_, 1, 0) => Chroma::Half,
        _ => Chroma::Full,
    };
    let bit_depth = match (packed & 0x40 != 0, packed & 0x20 != 0) {
        (false, _) => 8,
        (true, false) => 10,
        (true, true) => 12,
    };
    Some(Picture {
        width: sequence.width,
        height: sequence.height,
        chroma,
        bit_depth,
        progressive: true,
        pixel_aspect: None,
        full_range: Some(sequence.full_range),
        colour: sequence.codes,
    })
}

/// Primaries, transfer and matrix.
type CodePoints = (u16, u16, u16);

/// The sequence header (AV1 specification §5.5).
struct Sequence {
    width: u32,
    height: u32,
    /// Where it describes them.
    codes: Option<CodePoints>,
    full_range: bool,
}

impl Sequence {
    fn colour(&self) -> Option<Colour> {
        let (primaries, transfer, matrix) = self.codes?;
        Some(Colour { primaries, transfer, matrix, full_range: self.full_range })
    }

    fn read(obus: &[u8]) -> Option<Self> {
        let mut bits = BitReader::new(obus);
        bits.skip(1)?;
        let obu_type = bits.bits(4)?;
        let extension = bits.bit()?;
        let has_size = bits.bit()?;
        bits.skip(1)?;
        if obu_type != 1 {
            return None;
        }
        if extension {
            bits.skip(8)?;
        }
        if has_size {
            while bits.bits(8)? & 0x80 != 0 {}
        }
        let profile = bits.bits(3)?;
        bits.skip(1)?;
        let (width, height);
        if bits.bit()? {
            // reduced_still_picture_header
            bits.skip(5)?;
            (width, height) = frame_size(&mut bits)?;
            bits.skip(3)?;
        } else {
            skip_operating_points(&mut bits)?;
            (width, height) = frame_size(&mut bits)?;
            if bits.bit()? {
                bits.skip(7)?;
            }
            bits.skip(3)?;
            skip_tools(&mut bits)?;
        }
        bits.skip(3)?;
        let (codes, full_range) = colour_config(&mut bits, profile)?;
        Some(Self { width, height, codes, full_range })
    }
}

fn skip_operating_points(bits: &mut BitReader<'_>) -> Option<()> {
    let mut decoder_model_length = None;
    if bits.bit()? {
        bits.skip(64)?;
        if bits.bit()? {
            bits.golomb()?;
        }
        if bits.bit()? {
            decoder_model_length = Some(bits.bits(5)? + 1);
            bits.skip(42)?;
        }
    }
    let initial_display_delay = bits.bit()?;
    let points = bits.bits(5)? + 1;
    for _ in 0..points {
        bits.skip(12)?;
        if bits.bits(5)? > 7 {
            bits.skip(1)?;
        }
        if let Some(length) = decoder_model_length
            && bits.bit()?
        {
            bits.skip(2 * length + 1)?;
        }
        if initial_display_delay && bits.bit()? {
            bits.skip(4)?;
        }
    }
    Some(())
}

fn frame_size(bits: &mut BitReader<'_>) -> Option<(u32, u32)> {
    let (width_bits, height_bits) = (bits.bits(4)? + 1, bits.bits(4)? + 1);
    Some((bits.bits(width_bits)? + 1, bits.bits(height_bits)? + 1))
}

/// Tool flags between the frame ids and the super-resolution bits (§5.5.1).
fn skip_tools(bits: &mut BitReader<'_>) -> Option<()> {
    bits.skip(4)?;
    let order_hint = bits.bit()?;
    if order_hint {
        bits.skip(2)?;
    }
    let chooses_screen_content = bits.bit()?;
    let screen_content = if chooses_screen_content { true } else { bits.bit()? };
    if screen_content && !bits.bit()? {
        bits.skip(1)?;
    }
    if order_hint {
        bits.skip(3)?;
    }
    Some(())
}

/// The code points, where they are told, and whether the full range is used.
fn colour_config(bits: &mut BitReader<'_>, profile: u32) -> Option<(Option<CodePoints>, bool)> {
    let high_depth = bits.bit()?;
    if profile == 2 && high_depth {
        bits.skip(1)?;
    }
    let monochrome = if profile == 1 { false } else { bits.bit()? };
    let codes = if bits.bit()? {
        let mut code = || u16::try_from(bits.bits(8)?).ok();
        Some((code()?, code()?, code()?))
    } else {
        None
    };
    let is_srgb = !monochrome && codes == Some((1, 13, 0));
    Some((codes, is_srgb || bits.bit()?))
}
