use reelway_mp4::limits::MAX_TIME;

use crate::selection::{Selected, Selection};
use crate::{ChunkPlace, Error, Result};

/// A time as ticks and ticks per second; compared exactly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Time {
    /// Ticks.
    pub ticks: i64,
    /// Ticks per second, at least 1.
    pub timescale: u32,
}

impl Time {
    /// The first tick of another timescale that is not before this time, [`MAX_TIME`] at most on either side of 0.
    pub(crate) fn ceil_in(self, timescale: u32) -> i64 {
        let scaled = i128::from(self.ticks) * i128::from(timescale);
        let divisor = i128::from(self.timescale.max(1));
        let ticks = scaled.div_euclid(divisor) + i128::from(scaled.rem_euclid(divisor) != 0);
        let most = i128::from(MAX_TIME);
        i64::try_from(ticks.clamp(-most, most)).unwrap_or(i64::MAX)
    }

    pub(crate) fn seconds(self) -> f64 {
        self.ticks as f64 / f64::from(self.timescale.max(1))
    }
}

impl std::str::FromStr for Time {
    type Err = String;

    /// Reads `TICKS/TIMESCALE`: `288000/24000` is twelve seconds.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let parts = text.split_once('/').and_then(|(ticks, timescale)| Some((ticks.parse().ok()?, timescale.parse().ok()?)));
        match parts {
            Some((ticks, timescale)) if timescale > 0 && (0..1 << 53).contains(&ticks) => Ok(Self { ticks, timescale }),
            _ => Err("a time is TICKS/TIMESCALE, as 288000/24000".to_owned()),
        }
    }
}

/// How a track's presentation times become those of the output, in ticks of the track.
///
/// Of a whole title they stay the source's. Where samples stand before the source's edit, all times in the files move up by
/// `skip`, and the edit list in the init segment takes it off again; where they stand before a late start, but not before 0,
/// times stay and the edit list says when to start. A chunk is moved to its place in the title: what the
/// encoder added at the front goes, and the plan says where the first picture is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Timeline {
    /// Add it to a presentation time of the source.
    pub(crate) shift: i64,
    pub(crate) skip: i64,
    /// Nothing is shown before this time, though samples stand there; 0: nothing of the kind.
    pub(crate) late: i64,
    /// Where the last sample ends, if that is known better than from its own duration.
    pub(crate) end: Option<i64>,
}

impl Timeline {
    pub(crate) fn of(source: &Selected<'_>, chunk: Option<&ChunkPlace>) -> Result<Self> {
        let timeline = Self::placed(source, chunk)?;
        let last = source.scan.end.saturating_add(timeline.shift).saturating_add(timeline.skip);
        if last.unsigned_abs() > MAX_TIME {
            return Err(Error::refused("the track ends at a time that is too large to be written"));
        }
        Ok(timeline)
    }

    fn placed(source: &Selected<'_>, chunk: Option<&ChunkPlace>) -> Result<Self> {
        let Some(chunk) = chunk else {
            let (start, shown_from) = (source.scan.start, source.track.presentation_start());
            // Players that know one edit alone must at least stay in time: a track that needs both shows what is behind 0.
            let late = if (0..shown_from).contains(&start) { shown_from } else { 0 };
            return Ok(Self { shift: 0, skip: start.min(0).abs(), late, end: None });
        };
        if source.hides_behind_end {
            return Err(Error::refused("the chunk's edit list ends before pictures that others are decoded from"));
        }
        let timescale = source.track.timescale;
        let shift = chunk.base.ceil_in(timescale) - source.scan.start;
        let end = chunk.end.map(|end| end.ceil_in(timescale));
        if end.is_some_and(|end| source.scan.latest + shift >= end) {
            return Err(Error::refused("the chunk holds pictures behind its planned end"));
        }
        Ok(Self { shift, skip: 0, late: 0, end })
    }
}

/// The timelines of all selected tracks, in the selection's order.
#[derive(Debug)]
pub(crate) struct Timelines {
    pub(crate) video: Vec<Timeline>,
    pub(crate) audio: Vec<Timeline>,
}

impl Timelines {
    pub(crate) fn of(selection: &Selection<'_>, chunk: Option<&ChunkPlace>) -> Result<Self> {
        let all = |tracks: &[Selected<'_>]| tracks.iter().map(|selected| Timeline::of(selected, chunk)).collect::<Result<_>>();
        Ok(Self { video: all(&selection.video)?, audio: all(&selection.audio)? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_rounded_up_to_the_next_tick_of_another_clock() {
        assert_eq!(Time { ticks: 4004, timescale: 1000 }.ceil_in(48000), 192_192);
        assert_eq!(Time { ticks: 1, timescale: 3 }.ceil_in(10), 4);
        assert_eq!(Time { ticks: -1, timescale: 3 }.ceil_in(10), -3);
    }

    #[test]
    fn a_time_is_read_from_ticks_and_timescale() {
        assert_eq!("288000/24000".parse(), Ok(Time { ticks: 288_000, timescale: 24000 }));
        for text in ["12", "1/0", "-1/5", "a/b", "1/2/3", "99999999999999999/1"] {
            assert!(text.parse::<Time>().is_err(), "{text}");
        }
    }
}
