//! AV1: only tiles' data is protected; temporal delimiters, headers, metadata and tiles' sizes stay clear.
//!
//! The binding of AV1 to ISO files asks for a part for each tile, of whole blocks that end with the tile.

mod film_grain;
mod frame_header;
mod frame_references;
mod frame_size;
mod global_motion;
mod obu;
mod quantization;
mod restoration;
mod segmentation;
mod sequence_header;
mod state;
mod tile_group;
mod tile_info;

use reelway_mp4::SampleEntry;

use crate::bits::BitReader;
use crate::parts::PartsBuilder;
use crate::{Error, Result};
use frame_header::FrameHeader;
use obu::{Obu, Obus};
use sequence_header::SequenceHeader;
use state::Frames;

/// Finds the tiles in temporal units; knows what frame headers take over from earlier frames.
#[derive(Debug, Default)]
pub(crate) struct Av1 {
    sequence: Option<SequenceHeader>,
    frames: Frames,
    /// The frame whose tiles are not all there yet.
    current: Option<FrameHeader>,
}

/// Bytes of `av1C` before its OBUs, box header included.
const AV1C_FIELDS: usize = 8 + 4;

impl Av1 {
    pub(crate) fn of(entry: &SampleEntry<'_>) -> Result<Self> {
        let mut known = Self::default();
        for obu in Obus::new(entry.configuration().get(AV1C_FIELDS..).unwrap_or_default()) {
            let obu = obu?;
            if obu.kind == obu::SEQUENCE_HEADER {
                known.sequence = Some(SequenceHeader::read(obu.payload)?);
            }
        }
        Ok(known)
    }

    pub(crate) fn map(&mut self, sample: &[u8], parts: &mut PartsBuilder<'_>) -> Result<()> {
        for obu in Obus::new(sample) {
            let obu = obu?;
            parts.clear(obu.header);
            match obu.kind {
                obu::SEQUENCE_HEADER => {
                    self.sequence = Some(SequenceHeader::read(obu.payload)?);
                    parts.clear(obu.payload.len());
                }
                // A header that comes again, or behind tiles of the same frame, is a copy.
                obu::FRAME_HEADER if self.current.is_none() => {
                    self.begin_frame(&obu)?;
                    parts.clear(obu.payload.len());
                }
                obu::FRAME => {
                    let header = self.begin_frame(&obu)?;
                    let (header, tiles) = obu.payload.split_at_checked(header).ok_or(ENDS)?;
                    parts.clear(header.len());
                    self.map_tiles(tiles, parts)?;
                }
                obu::TILE_GROUP => self.map_tiles(obu.payload, parts)?,
                obu::TILE_LIST => return Err(Error::Unsupported("AV1 with lists of tiles")),
                _ => parts.clear(obu.payload.len()),
            }
        }
        Ok(())
    }

    /// Reads a frame header, and gives its length in bytes.
    fn begin_frame(&mut self, obu: &Obu<'_>) -> Result<usize> {
        let sequence = self.sequence.as_ref().ok_or(Error::Unreadable("AV1 without a sequence header"))?;
        let mut reader = BitReader::new(obu.payload);
        self.current = frame_header::read(&mut reader, sequence, &mut self.frames, obu.layer)?;
        Ok(reader.bytes_read())
    }

    fn map_tiles(&mut self, group: &[u8], parts: &mut PartsBuilder<'_>) -> Result<()> {
        let frame = self.current.as_ref().ok_or(Error::Unreadable("AV1 tiles without a frame header"))?;
        let is_last = tile_group::map(group, &frame.tiles, parts)?;
        if is_last && let Some(frame) = self.current.take() {
            self.frames.refresh(&frame);
        }
        Ok(())
    }
}

const ENDS: Error = Error::Unreadable("its headers end too early");
