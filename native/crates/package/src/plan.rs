//! Where segments begin: at key frames that all video renditions share, and audio wherever video does.

use crate::selection::{Selected, Selection};
use crate::timeline::{Time, Timeline, Timelines};
use crate::{Error, Result, limits};

/// For each rendition, where its segments after the first begin, in ticks of its own on the output's timeline.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) video: Vec<Vec<i64>>,
    pub(crate) audio: Vec<Vec<i64>>,
}

/// Key frames that lie closer than this below the target still begin a segment: clocks of 1 ms round by as much.
const TOLERANCE_SECONDS: f64 = 0.01;

impl Plan {
    /// Chooses borders at key frames, each a target duration behind the one before. Timelines stand in the selection's order.
    pub(crate) fn at_key_frames(selection: &Selection<'_>, timelines: &Timelines, target_seconds: f64) -> Result<Self> {
        let shared = shared_key_frames(&selection.video);
        let video = video_borders(&selection.video, &shared, target_seconds)?;
        let reference = selection.video.first().map(|selected| {
            let timescale = selected.track.timescale;
            let borders = video.first().into_iter().flatten().map(move |ticks| Time { ticks: *ticks, timescale });
            (borders.collect::<Vec<_>>(), Time { ticks: selected.scan.end, timescale })
        });
        let audio = selection.audio.iter().map(|selected| audio_borders(selected, reference.as_ref(), target_seconds)).collect();
        Self { video: moved(video, &timelines.video), audio: moved(audio, &timelines.audio) }.within_limits()
    }

    /// Takes borders that were planned before the renditions were encoded. Video must have a key frame at each of them.
    pub(crate) fn at_borders(
        selection: &Selection<'_>,
        timelines: &Timelines,
        borders: &[Time],
        target_seconds: f64,
    ) -> Result<Self> {
        let end = borders.last().map(|last| {
            #[allow(clippy::cast_possible_truncation)]
            let target = (target_seconds * f64::from(last.timescale)).round() as i64;
            Time { ticks: last.ticks.saturating_add(target), timescale: last.timescale }
        });
        let reference = end.map(|end| (borders.to_vec(), end));
        let video =
            selection.video.iter().zip(&timelines.video).map(|(selected, timeline)| planned_borders(selected, timeline, borders));
        let audio = selection.audio.iter().map(|selected| audio_borders(selected, reference.as_ref(), target_seconds));
        Self { video: video.collect::<Result<_>>()?, audio: audio.collect() }.within_limits()
    }

    fn within_limits(self) -> Result<Self> {
        let counts = self.video.iter().chain(&self.audio).map(|borders| borders.len() + 1);
        if counts.clone().any(|count| count > limits::MAX_SEGMENTS) || counts.sum::<usize>() > limits::MAX_TOTAL_SEGMENTS {
            let (one, all) = (limits::MAX_SEGMENTS, limits::MAX_TOTAL_SEGMENTS);
            return Err(Error::refused(format!("more than {one} segments in one rendition, or {all} in all")));
        }
        Ok(self)
    }
}

fn moved(borders: Vec<Vec<i64>>, timelines: &[Timeline]) -> Vec<Vec<i64>> {
    borders
        .into_iter()
        .zip(timelines)
        .map(|(borders, timeline)| borders.iter().map(|ticks| ticks + timeline.shift).collect())
        .collect()
}

/// The key frames at the planned borders: an encoder that put none there has not done as it was told.
fn planned_borders(video: &Selected<'_>, timeline: &Timeline, borders: &[Time]) -> Result<Vec<i64>> {
    let timescale = video.track.timescale;
    let (start, end) = (video.scan.start + timeline.shift, timeline.end.unwrap_or(video.scan.end + timeline.shift));
    let mut keys: Vec<i64> = video.scan.key_times.iter().map(|ticks| ticks + timeline.shift).collect();
    keys.sort_unstable();
    let inside = borders.iter().filter(|border| (start + 1..end).contains(&border.ceil_in(timescale)));
    inside
        .map(|border| {
            let planned = border.ceil_in(timescale);
            // Another clock may round the same picture's time by a tick.
            let tolerance = i64::from(border.timescale != timescale);
            key_near(&keys, planned, tolerance)
                .ok_or_else(|| Error::refused(format!("no key frame at the planned segment start {:.6} s", border.seconds())))
        })
        .collect()
}

/// The first of the sorted times that lies no further from `planned` than `tolerance`.
fn key_near(keys: &[i64], planned: i64, tolerance: i64) -> Option<i64> {
    let first = keys.partition_point(|key| *key < planned - tolerance);
    keys.get(first).copied().filter(|key| *key <= planned + tolerance)
}

/// The reference's key frames that all other renditions have too, in its own ticks.
fn shared_key_frames(video: &[Selected<'_>]) -> Vec<i64> {
    let Some((reference, others)) = video.split_first() else { return Vec::new() };
    others.iter().fold(reference.scan.key_times.clone(), |shared, other| {
        matching(&shared, reference, other).into_iter().map(|(ours, _)| ours).collect()
    })
}

/// Which of `times` (ticks of `reference`) are key frames of `other`, with the time in its ticks.
fn matching(times: &[i64], reference: &Selected<'_>, other: &Selected<'_>) -> Vec<(i64, i64)> {
    let (our_clock, their_clock) = (reference.track.timescale, other.track.timescale);
    // One tick of the coarser clock is what two exact encoders may differ by.
    let tolerance = 1.0 / f64::from(our_clock.min(their_clock)) + 1e-9;
    let mut theirs = other.scan.key_times.iter().copied().peekable();
    let mut pairs = Vec::new();
    for ours in times {
        let seconds = Time { ticks: *ours, timescale: our_clock }.seconds();
        let distance = |ticks: i64| Time { ticks, timescale: their_clock }.seconds() - seconds;
        while theirs.next_if(|ticks| distance(*ticks) < -tolerance).is_some() {}
        let found = theirs.peek().copied().filter(|ticks| distance(*ticks).abs() <= tolerance);
        pairs.extend(found.map(|found| (*ours, found)));
    }
    pairs
}

fn video_borders(video: &[Selected<'_>], shared: &[i64], target_seconds: f64) -> Result<Vec<Vec<i64>>> {
    let Some((reference, others)) = video.split_first() else { return Ok(Vec::new()) };
    let chosen = choose(shared, reference, target_seconds);
    let longest_shared = longest(&chosen, reference);
    let alone = |selected: &Selected<'_>| longest(&choose(&selected.scan.key_times, selected, target_seconds), selected);
    let longest_alone = video.iter().map(alone).fold(0.0, f64::max);
    if longest_shared > 2.0 * longest_alone {
        return Err(Error::refused(format!(
            "the renditions' key frames are not aligned: segments would last {longest_shared:.1} s instead of {longest_alone:.1} s"
        )));
    }
    let theirs = others.iter().map(|other| matching(&chosen, reference, other).into_iter().map(|(_, theirs)| theirs).collect());
    Ok(std::iter::once(chosen.clone()).chain(theirs).collect())
}

/// The key frames that begin a segment: each the first at least a target duration behind the one before.
fn choose(key_times: &[i64], selected: &Selected<'_>, target_seconds: f64) -> Vec<i64> {
    let timescale = selected.track.timescale;
    let mut begin = Time { ticks: selected.scan.start.max(0), timescale }.seconds();
    let mut chosen = Vec::new();
    for ticks in key_times {
        let time = Time { ticks: *ticks, timescale }.seconds();
        if time - begin >= target_seconds - TOLERANCE_SECONDS {
            chosen.push(*ticks);
            begin = time;
        }
    }
    chosen
}

/// Seconds of the longest segment.
fn longest(borders: &[i64], selected: &Selected<'_>) -> f64 {
    let timescale = selected.track.timescale;
    let mut before = selected.scan.start.max(0);
    let mut longest: f64 = 0.0;
    for ticks in borders.iter().copied().chain([selected.scan.end]) {
        longest = longest.max(Time { ticks: ticks - before, timescale }.seconds());
        before = ticks;
    }
    longest
}

/// Audio follows the video's borders, then goes on in steps of the target duration; without video those are all it has.
fn audio_borders(audio: &Selected<'_>, video: Option<&(Vec<Time>, Time)>, target_seconds: f64) -> Vec<i64> {
    let timescale = audio.track.timescale;
    let mut borders: Vec<i64> =
        video.iter().flat_map(|(borders, _)| borders.iter().map(|time| time.ceil_in(timescale))).collect();
    let step = target_seconds * f64::from(timescale);
    let first = video.map_or(audio.scan.start.max(0) as f64 + step, |(_, end)| end.ceil_in(timescale) as f64);
    let left = audio.scan.end as f64 - first;
    // A rest shorter than half a segment stays with the segment before it.
    let more = if left > 0.0 { (left / step - 0.5).ceil().max(0.0) } else { 0.0 };
    for index in 0..=limits::MAX_SEGMENTS {
        if index as f64 >= more {
            break;
        }
        #[allow(clippy::cast_possible_truncation)]
        borders.push((first + step * index as f64).round() as i64);
    }
    borders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_frame_is_found_where_it_was_planned_or_a_tick_beside_it() {
        let keys = [0, 99, 101, 101, 200];
        assert_eq!(key_near(&keys, 100, 1), Some(99));
        assert_eq!(key_near(&keys, 100, 0), None);
        assert_eq!((key_near(&keys, 101, 0), key_near(&keys, 202, 1), key_near(&[], 0, 1)), (Some(101), None, None));
    }

    #[test]
    fn as_many_borders_as_may_be_are_found_among_as_many_key_frames() {
        let keys: Vec<i64> = (0..1 << 21).collect();
        let last = keys.len() - limits::MAX_SEGMENTS;
        assert!(keys.iter().skip(last).all(|planned| key_near(&keys, *planned, 0) == Some(*planned)));
    }
}
