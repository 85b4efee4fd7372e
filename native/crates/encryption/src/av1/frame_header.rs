//! Frame headers (AV1 bitstream specification §5.9.2).

use super::film_grain::skip_film_grain;
use super::frame_references::{choose_references, has_skip_mode, relative_distance};
use super::frame_size::FrameSize;
use super::global_motion::skip_global_motion;
use super::obu::Layer;
use super::quantization::Quantization;
use super::restoration::{skip_directional_enhancement, skip_loop_filter, skip_restoration};
use super::segmentation::Segmentation;
use super::sequence_header::{Choice, SequenceHeader};
use super::state::{Frames, Reference};
use super::tile_info::TileInfo;
use crate::Result;
use crate::bits::BitReader;

/// What tiles and later frames need of a header.
#[derive(Debug)]
pub(super) struct FrameHeader {
    pub(super) tiles: TileInfo,
    /// The places that the frame takes, a bit for each.
    pub(super) refreshed: u32,
    pub(super) leaves: Reference,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum FrameType {
    Key,
    Inter,
    IntraOnly,
    Switch,
}

impl FrameType {
    pub(super) const fn is_intra(self) -> bool {
        matches!(self, Self::Key | Self::IntraOnly)
    }
}

/// `primary_ref_frame` that names none.
const NO_PRIMARY: u32 = 7;

/// How a frame begins: what it is, and whether it is seen.
struct Start {
    frame_type: FrameType,
    shown: bool,
    showable: bool,
    error_resilient: bool,
}

/// Reads a header to its end; `None` where it only shows an earlier frame.
pub(super) fn read(
    reader: &mut BitReader<'_>,
    sequence: &SequenceHeader,
    frames: &mut Frames,
    layer: Layer,
) -> Result<Option<FrameHeader>> {
    let Some(start) = read_start(reader, sequence, frames)? else { return Ok(None) };
    let Start { frame_type, shown, showable, error_resilient } = start;
    let is_intra = frame_type.is_intra();
    let takes_all = frame_type == FrameType::Switch || (frame_type == FrameType::Key && shown);
    if frame_type == FrameType::Key && shown {
        frames.forget_order_hints();
    }
    let fixed_probabilities = reader.flag()?;
    let chosen = |reader: &mut BitReader<'_>, choice| match choice {
        Choice::Fixed(on) => Ok(on),
        Choice::PerFrame => reader.flag(),
    };
    let screen_content = chosen(reader, sequence.screen_content_tools)?;
    let integer_vectors = screen_content && chosen(reader, sequence.integer_motion_vectors)?;
    if let Some((bits, _)) = sequence.frame_id_bits {
        reader.skip(bits)?;
    }
    let own_size = frame_type == FrameType::Switch || (!sequence.reduced && reader.flag()?);
    let order_hint = reader.bits(sequence.order_hint_bits)?;
    let primary = if is_intra || error_resilient { NO_PRIMARY } else { reader.bits(3)? };
    skip_removal_times(reader, sequence, layer)?;
    let refreshed = if takes_all { 0xff } else { reader.bits(8)? };
    if (!is_intra || refreshed != 0xff) && error_resilient && sequence.order_hint_bits > 0 {
        for place in 0..8 {
            frames.tell_order_hint(place, reader.bits(sequence.order_hint_bits)?);
        }
    }

    let (mut references, mut block_copy, mut precise_vectors) = ([0; 7], false, false);
    let size = if is_intra {
        let size = FrameSize::read(reader, sequence, own_size)?;
        FrameSize::skip_render_size(reader)?;
        block_copy = screen_content && !size.is_upscaled() && reader.flag()?;
        size
    } else {
        references = read_references(reader, sequence, frames, order_hint)?;
        let size = if own_size && !error_resilient {
            FrameSize::read_from_references(reader, sequence, frames, &references)?
        } else {
            let size = FrameSize::read(reader, sequence, own_size)?;
            FrameSize::skip_render_size(reader)?;
            size
        };
        precise_vectors = !integer_vectors && reader.flag()?;
        if !reader.flag()? {
            reader.skip(2)?;
        }
        reader.flag()?;
        if !error_resilient && sequence.reference_motion_vectors {
            reader.flag()?;
        }
        size
    };
    if !sequence.reduced && !fixed_probabilities {
        reader.flag()?;
    }
    let tiles = TileInfo::read(reader, sequence, &size)?;
    let quantization = Quantization::read(reader, sequence.colour)?;
    let inherited = match references.get(primary as usize) {
        Some(place) if primary != NO_PRIMARY => Some(frames.at(*place)?.segmentation),
        _ => None,
    };
    let segmentation = Segmentation::read(reader, inherited)?;
    quantization.skip_deltas(reader, block_copy)?;
    let lossless = quantization.is_lossless(&segmentation);
    let planes = sequence.colour.planes();
    if !lossless && !block_copy {
        skip_loop_filter(reader, planes)?;
        if sequence.directional_enhancement {
            skip_directional_enhancement(reader, planes)?;
        }
    }
    if !(lossless && !size.is_upscaled() || block_copy) && sequence.loop_restoration {
        skip_restoration(reader, sequence)?;
    }
    if !lossless {
        reader.flag()?;
    }
    let compound = !is_intra && reader.flag()?;
    if compound && has_skip_mode(sequence, frames.order_hints(), &references, order_hint) {
        reader.flag()?;
    }
    if !is_intra && !error_resilient && sequence.warped_motion {
        reader.flag()?;
    }
    reader.flag()?;
    if !is_intra {
        skip_global_motion(reader, precise_vectors)?;
    }
    if sequence.film_grain && (shown || showable) {
        skip_film_grain(reader, frame_type, sequence.colour)?;
    }
    let leaves = Reference {
        key: frame_type == FrameType::Key,
        upscaled_width: size.upscaled_width,
        height: size.height,
        order_hint,
        segmentation,
    };
    Ok(Some(FrameHeader { tiles, refreshed, leaves }))
}

fn read_start(reader: &mut BitReader<'_>, sequence: &SequenceHeader, frames: &mut Frames) -> Result<Option<Start>> {
    if sequence.reduced {
        return Ok(Some(Start { frame_type: FrameType::Key, shown: true, showable: false, error_resilient: true }));
    }
    let time_bits =
        sequence.decoder_model.filter(|model| !model.equal_picture_interval).map(|model| model.presentation_time_bits);
    if reader.flag()? {
        let place = reader.bits(3)?;
        reader.skip(time_bits.unwrap_or(0))?;
        reader.skip(sequence.frame_id_bits.map_or(0, |(bits, _)| bits))?;
        frames.show_again(place)?;
        return Ok(None);
    }
    let frame_type = match reader.bits(2)? {
        0 => FrameType::Key,
        1 => FrameType::Inter,
        2 => FrameType::IntraOnly,
        _ => FrameType::Switch,
    };
    let shown = reader.flag()?;
    let showable = if shown {
        reader.skip(time_bits.unwrap_or(0))?;
        frame_type != FrameType::Key
    } else {
        reader.flag()?
    };
    let resilient_by_type = frame_type == FrameType::Switch || (frame_type == FrameType::Key && shown);
    let error_resilient = resilient_by_type || reader.flag()?;
    Ok(Some(Start { frame_type, shown, showable, error_resilient }))
}

fn skip_removal_times(reader: &mut BitReader<'_>, sequence: &SequenceHeader, layer: Layer) -> Result<()> {
    let Some(model) = sequence.decoder_model else { return Ok(()) };
    if !reader.flag()? {
        return Ok(());
    }
    for point in sequence.operating_points.iter().filter(|point| point.has_decoder_model) {
        let in_temporal = point.layers >> layer.temporal & 1 == 1;
        let in_spatial = point.layers >> (layer.spatial + 8) & 1 == 1;
        if point.layers == 0 || (in_temporal && in_spatial) {
            reader.skip(model.removal_time_bits)?;
        }
    }
    Ok(())
}

fn read_references(reader: &mut BitReader<'_>, sequence: &SequenceHeader, frames: &Frames, order_hint: u32) -> Result<[u32; 7]> {
    let mut references = [0; 7];
    let short = sequence.order_hint_bits > 0 && reader.flag()?;
    if short {
        let (last, golden) = (reader.bits(3)?, reader.bits(3)?);
        let distances = frames.order_hints().map(|other| relative_distance(sequence.order_hint_bits, other, order_hint));
        references = choose_references(&distances, last, golden);
    }
    for reference in &mut references {
        if !short {
            *reference = reader.bits(3)?;
        }
        if let Some((_, distance_bits)) = sequence.frame_id_bits {
            reader.skip(distance_bits)?;
        }
    }
    Ok(references)
}
