use reelway_mp4::{Result, Sample};

use super::columns::Packer;
use super::{Index, IndexedTrack, extend_gops};

impl Index {
    /// The index of a part of one track: these samples of it, one behind the other, and nothing else.
    ///
    /// Key frames keep their numbers in the whole track, of which the first one's is given; so do offsets and times.
    pub fn slice(&self, track: &IndexedTrack, samples: impl Iterator<Item = Sample>, first_key_frame: u32) -> Result<Self> {
        let mut columns = Packer::default();
        let mut gops = Vec::new();
        for (number, sample) in (0..).zip(samples) {
            columns.add(&sample)?;
            extend_gops(&mut gops, number, &sample, track.presentation_shift);
        }
        let slice = IndexedTrack {
            id: track.id,
            handler: track.handler.clone(),
            codecs: track.codecs.clone(),
            timescale: track.timescale,
            language: track.language.clone(),
            matrix: track.matrix,
            display: track.display,
            presentation_shift: track.presentation_shift,
            presentation_end: track.presentation_end,
            sample_entry: track.sample_entry.clone(),
            obstacle: track.obstacle,
            first_key_frame,
            gops,
            samples: columns.finish(),
        };
        Ok(Self { version: self.version, file_bytes: self.file_bytes, tracks: vec![slice] })
    }
}
