//! Where a track ends: with its edit, if that ends before the last sample does.

use reelway_mp4::{Sample, Track, TrackScan};

use crate::Result;

/// What of a track takes part.
#[derive(Debug)]
pub(crate) struct Shown {
    /// Up to the last sample in decode order that is shown; its end is the edit's.
    pub(crate) scan: TrackScan,
    /// Pictures that are shown behind the end take part, because others that are shown before it are decoded from them.
    pub(crate) hides_behind_end: bool,
}

impl Shown {
    /// Walks the track; `None` when nothing of it is shown.
    pub(crate) fn of(track: &Track<'_>) -> Result<Option<Self>> {
        let Some(scan) = TrackScan::of(track)? else { return Ok(None) };
        match track.presentation_end() {
            // The edit is told in ticks of the movie, which are coarse: what lies closer than one is the end of the last sample.
            Some(end) if end + movie_tick(track) < scan.end => Self::up_to(track, end),
            _ => Ok(Some(Self { scan, hides_behind_end: false })),
        }
    }

    fn up_to(track: &Track<'_>, end: i64) -> Result<Option<Self>> {
        let shift = track.presentation_shift();
        let time = |sample: &Sample| sample.composition_time() + shift;
        let mut last = None;
        for (number, sample) in (1..).zip(track.samples()) {
            let sample = sample?;
            if time(&sample) < end {
                last = Some((number, sample));
            }
        }
        let Some((count, last)) = last else { return Ok(None) };
        let Some(mut scan) = TrackScan::of_first(track, count)? else { return Ok(None) };
        scan.key_times.retain(|key| *key < end);
        let left = end - time(&last);
        if left < i64::from(last.duration) {
            scan.end_decode_time = last.decode_time + left;
        }
        scan.end = end;
        Ok(Some(Self { hides_behind_end: scan.latest >= end, scan }))
    }
}

/// One tick of the movie's clock in ticks of the track, rounded up.
fn movie_tick(track: &Track<'_>) -> i64 {
    i64::from(track.timescale.div_ceil(track.movie_timescale.max(1)))
}
