//! Sequence headers (AV1 bitstream specification §5.5).

use crate::Result;
use crate::bits::BitReader;

#[derive(Debug)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct SequenceHeader {
    /// A single picture, with the shorter headers that those may have.
    pub(super) reduced: bool,
    pub(super) decoder_model: Option<DecoderModel>,
    /// What a frame's own times are told for, where they are told.
    pub(super) operating_points: Vec<OperatingPoint>,
    pub(super) width_bits: u32,
    pub(super) height_bits: u32,
    pub(super) width: u32,
    pub(super) height: u32,
    /// Bits of a frame's id, and of the distance to another's.
    pub(super) frame_id_bits: Option<(u32, u32)>,
    pub(super) large_blocks: bool,
    pub(super) warped_motion: bool,
    pub(super) reference_motion_vectors: bool,
    /// 0 where frames tell no order.
    pub(super) order_hint_bits: u32,
    pub(super) screen_content_tools: Choice,
    pub(super) integer_motion_vectors: Choice,
    pub(super) super_resolution: bool,
    pub(super) directional_enhancement: bool,
    pub(super) loop_restoration: bool,
    pub(super) colour: Colour,
    pub(super) film_grain: bool,
}

/// A tool that is on or off for all frames, or that each frame chooses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Choice {
    Fixed(bool),
    PerFrame,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct DecoderModel {
    delay_bits: u32,
    pub(super) removal_time_bits: u32,
    pub(super) presentation_time_bits: u32,
    pub(super) equal_picture_interval: bool,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct OperatingPoint {
    pub(super) layers: u32,
    pub(super) has_decoder_model: bool,
}

#[derive(Debug, Clone, Copy)]
#[allow(clippy::struct_excessive_bools)]
pub(super) struct Colour {
    pub(super) monochrome: bool,
    pub(super) subsampled_x: bool,
    pub(super) subsampled_y: bool,
    pub(super) separate_chroma_quantizers: bool,
}

impl SequenceHeader {
    pub(super) fn read(payload: &[u8]) -> Result<Self> {
        let reader = &mut BitReader::new(payload);
        let profile = reader.bits(3)?;
        reader.flag()?;
        let reduced = reader.flag()?;
        let (mut decoder_model, mut operating_points) = (None, Vec::new());
        if reduced {
            reader.skip(5)?;
        } else {
            (decoder_model, operating_points) = read_operation(reader)?;
        }
        let (width_bits, height_bits) = (reader.bits(4)? + 1, reader.bits(4)? + 1);
        let (width, height) = (reader.bits(width_bits)? + 1, reader.bits(height_bits)? + 1);
        let mut frame_id_bits = None;
        if !reduced && reader.flag()? {
            let distance = reader.bits(4)? + 2;
            frame_id_bits = Some((reader.bits(3)? + distance + 1, distance));
        }
        let large_blocks = reader.flag()?;
        reader.skip(2)?;
        let (mut warped_motion, mut reference_motion_vectors, mut order_hint_bits) = (false, false, 0);
        let (mut screen_content_tools, mut integer_motion_vectors) = (Choice::PerFrame, Choice::PerFrame);
        if !reduced {
            reader.skip(2)?;
            warped_motion = reader.flag()?;
            reader.flag()?;
            let has_order_hints = reader.flag()?;
            if has_order_hints {
                reader.flag()?;
                reference_motion_vectors = reader.flag()?;
            }
            screen_content_tools = read_choice(reader)?;
            if screen_content_tools != Choice::Fixed(false) {
                integer_motion_vectors = read_choice(reader)?;
            }
            if has_order_hints {
                order_hint_bits = reader.bits(3)? + 1;
            }
        }
        Ok(Self {
            reduced,
            decoder_model,
            operating_points,
            width_bits,
            height_bits,
            width,
            height,
            frame_id_bits,
            large_blocks,
            warped_motion,
            reference_motion_vectors,
            order_hint_bits,
            screen_content_tools,
            integer_motion_vectors,
            super_resolution: reader.flag()?,
            directional_enhancement: reader.flag()?,
            loop_restoration: reader.flag()?,
            colour: Colour::read(reader, profile)?,
            film_grain: reader.flag()?,
        })
    }
}

fn read_choice(reader: &mut BitReader<'_>) -> Result<Choice> {
    Ok(if reader.flag()? { Choice::PerFrame } else { Choice::Fixed(reader.flag()?) })
}

/// Timing and operating points.
fn read_operation(reader: &mut BitReader<'_>) -> Result<(Option<DecoderModel>, Vec<OperatingPoint>)> {
    let mut decoder_model = None;
    if reader.flag()? {
        reader.skip(64)?;
        let equal_picture_interval = reader.flag()?;
        if equal_picture_interval {
            reader.ue()?;
        }
        if reader.flag()? {
            let delay_bits = reader.bits(5)? + 1;
            reader.skip(32)?;
            let (removal_time_bits, presentation_time_bits) = (reader.bits(5)? + 1, reader.bits(5)? + 1);
            decoder_model = Some(DecoderModel { delay_bits, removal_time_bits, presentation_time_bits, equal_picture_interval });
        }
    }
    let display_delays = reader.flag()?;
    let mut operating_points = Vec::new();
    for _ in 0..=reader.bits(5)? {
        let layers = reader.bits(12)?;
        if reader.bits(5)? > 7 {
            reader.flag()?;
        }
        let mut has_decoder_model = false;
        if let Some(model) = &decoder_model {
            has_decoder_model = reader.flag()?;
            if has_decoder_model {
                reader.skip(2 * model.delay_bits + 1)?;
            }
        }
        if display_delays && reader.flag()? {
            reader.skip(4)?;
        }
        operating_points.push(OperatingPoint { layers, has_decoder_model });
    }
    Ok((decoder_model, operating_points))
}

impl Colour {
    fn read(reader: &mut BitReader<'_>, profile: u32) -> Result<Self> {
        let high_depth = reader.flag()?;
        let twelve = profile == 2 && high_depth && reader.flag()?;
        let monochrome = profile != 1 && reader.flag()?;
        let described = if reader.flag()? { reader.bits(24)? } else { 0x02_02_02 };
        let (mut subsampled_x, mut subsampled_y) = (true, true);
        if monochrome {
            reader.flag()?;
            return Ok(Self { monochrome, subsampled_x, subsampled_y, separate_chroma_quantizers: false });
        }
        // BT.709 primaries, sRGB transfer, no matrix: RGB has no range to tell.
        if described == 0x01_0d_00 {
            (subsampled_x, subsampled_y) = (false, false);
        } else {
            reader.flag()?;
            match profile {
                0 => {}
                1 => (subsampled_x, subsampled_y) = (false, false),
                _ if twelve => {
                    subsampled_x = reader.flag()?;
                    subsampled_y = subsampled_x && reader.flag()?;
                }
                _ => subsampled_y = false,
            }
            if subsampled_x && subsampled_y {
                reader.skip(2)?;
            }
        }
        Ok(Self { monochrome, subsampled_x, subsampled_y, separate_chroma_quantizers: reader.flag()? })
    }

    pub(super) const fn planes(self) -> u32 {
        if self.monochrome { 1 } else { 3 }
    }
}
