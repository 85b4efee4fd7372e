use reelway_mp4::{Sample, SampleEntry, Track, TrackKind};

use crate::part::Part;
use crate::{Error, Result};

/// A sample on its way into the joined file. Times are in ticks of the joined track.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Item {
    /// Which of the inputs' byte slices holds it.
    pub(crate) slice: usize,
    pub(crate) offset: u64,
    pub(crate) size: u32,
    pub(crate) decode_time: i64,
    /// Presentation time on the joined timeline.
    pub(crate) time: i64,
    pub(crate) duration: u32,
    pub(crate) sync: bool,
}

impl Item {
    pub(crate) fn end(&self) -> i64 {
        self.time + i64::from(self.duration)
    }
}

/// A track of the joined file: how it is coded, and its samples in decode order.
#[derive(Debug, Clone)]
pub(crate) struct Joined<'p> {
    /// What it is like: the first part's.
    pub(crate) source: &'p Track<'p>,
    pub(crate) entry: &'p SampleEntry<'p>,
    /// Before this time nothing is shown.
    pub(crate) shown_from: i64,
    pub(crate) items: Vec<Item>,
}

impl<'p> Joined<'p> {
    /// Reads a track of a part whose slices count from `first_slice`; `None` when it has no samples.
    pub(crate) fn read(part: &'p Part<'p>, track: &'p Track<'p>, first_slice: usize) -> Result<Option<Self>> {
        if track.edits.further_edits > 0 {
            return Err(Error::refused(format!("{}: track {} is edited together from several parts", part.name, track.id)));
        }
        let (mut items, mut description) = (Vec::new(), None);
        for (number, bytes) in part.bytes.iter().enumerate() {
            let samples = if part.segmented { track.segment_samples(bytes) } else { track.samples() };
            for sample in samples {
                let sample = sample.map_err(Error::within(&part.name))?;
                if *description.get_or_insert(sample.description) != sample.description {
                    return Err(Error::refused(format!("{}: track {} changes its sample description", part.name, track.id)));
                }
                items.push(item(&sample, first_slice + number, track.presentation_shift()));
            }
        }
        let Some(entry) = description.and_then(|index| track.entries.get(index as usize)) else { return Ok(None) };
        let joined = Self { source: track, entry, shown_from: track.presentation_start(), items };
        joined.check(&part.name)?;
        Ok(Some(joined))
    }

    fn check(&self, name: &str) -> Result<()> {
        let before_and_next = || self.items.iter().zip(self.items.iter().skip(1));
        if before_and_next().any(|(before, next)| next.decode_time < before.decode_time) {
            return Err(Error::refused(format!("{name}: decode times go back: are the segments in order?")));
        }
        if self.source.kind == TrackKind::Video && !self.items.first().is_some_and(|first| first.sync) {
            return Err(Error::refused(format!("{name}: does not start with a key frame")));
        }
        Ok(())
    }

    /// When its first sample is shown, and its last one ends.
    pub(crate) fn span(&self) -> (i64, i64) {
        let start = self.items.iter().map(|item| item.time).min().unwrap_or(0).max(self.shown_from);
        (start, self.items.iter().map(Item::end).max().unwrap_or(0).max(start))
    }
}

fn item(sample: &Sample, slice: usize, shift: i64) -> Item {
    Item {
        slice,
        offset: sample.offset,
        size: sample.size,
        decode_time: sample.decode_time + shift,
        time: sample.composition_time() + shift,
        duration: sample.duration,
        sync: sample.sync,
    }
}
