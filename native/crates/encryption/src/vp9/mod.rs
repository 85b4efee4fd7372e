//! VP9: uncompressed headers and the index of a superframe stay clear, what follows each header is protected.
//!
//! As the binding to ISO files has it, each frame of a superframe is a part of its own, and of whole blocks.

mod frame_header;

use crate::Result;
use crate::parts::PartsBuilder;
use frame_header::References;

/// Finds frames in samples; knows the sizes of the pictures that later ones may refer to.
#[derive(Debug, Default)]
pub(crate) struct Vp9 {
    references: References,
}

impl Vp9 {
    pub(crate) fn map(&mut self, sample: &[u8], parts: &mut PartsBuilder<'_>) -> Result<()> {
        let Some(sizes) = superframe(sample) else {
            return self.map_frame(sample, parts);
        };
        let mut rest = sample;
        for size in sizes {
            let Some((frame, behind)) = rest.split_at_checked(size) else { break };
            self.map_frame(frame, parts)?;
            rest = behind;
        }
        parts.clear(rest.len());
        Ok(())
    }

    fn map_frame(&mut self, frame: &[u8], parts: &mut PartsBuilder<'_>) -> Result<()> {
        if frame.is_empty() {
            return Ok(());
        }
        let header = frame_header::length(frame, &mut self.references)?.min(frame.len());
        parts.clear(header);
        parts.protect_blocks(frame.len() - header)
    }
}

/// The frames' sizes from the index at a superframe's end (annex B of the bitstream specification).
fn superframe(sample: &[u8]) -> Option<Vec<usize>> {
    let marker = *sample.last().filter(|last| **last & 0xe0 == 0xc0)?;
    let (frames, size_bytes) = (usize::from(marker & 7) + 1, usize::from(marker >> 3 & 3) + 1);
    let start = sample.len().checked_sub(2 + frames * size_bytes)?;
    let (first, sizes) = sample.get(start..sample.len() - 1)?.split_first()?;
    if *first != marker {
        return None;
    }
    let little_endian = |bytes: &[u8]| bytes.iter().rev().fold(0, |sum, byte| (sum << 8) | usize::from(*byte));
    let sizes: Vec<usize> = sizes.chunks(size_bytes).map(little_endian).collect();
    (sizes.iter().sum::<usize>() <= start).then_some(sizes)
}
