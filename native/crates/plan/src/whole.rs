use reelway_cut::Pictures;
use reelway_inspect::index::Obstacle;
use serde::Serialize;

use crate::chunks::Border;
use crate::limits::FAR_SECONDS;

/// Why a title must stay in one piece.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Whole {
    /// A stable name.
    pub code: &'static str,
    /// Plain words.
    pub reason: &'static str,
}

impl Whole {
    const UNORDERED: &'static str = "unordered_pictures";

    /// What the index itself says about the track.
    pub(crate) fn of_track(pictures: &Pictures<'_>) -> Option<Self> {
        let obstacle = pictures.track().obstacle.or(pictures.key_frames().is_empty().then_some(Obstacle::NoKeyFrameFlags))?;
        let code = match obstacle {
            Obstacle::Encrypted => "encrypted",
            Obstacle::SeveralSampleEntries => "several_sample_entries",
            Obstacle::SeveralEdits => "several_edits",
            Obstacle::NoKeyFrameFlags => "no_key_frame_flags",
            Obstacle::UnknownCodec => "unknown_codec",
        };
        Some(Self { code, reason: obstacle.reason() })
    }

    /// What the order of the pictures says: `times` are those that are shown, sorted.
    pub(crate) fn of_order(pictures: &Pictures<'_>, times: &[i64], borders: &[Border]) -> Option<Self> {
        let samples = pictures.samples();
        let backwards = samples.iter().zip(samples.iter().skip(1)).any(|(before, next)| next.decode_time < before.decode_time);
        if backwards {
            return Some(Self { code: Self::UNORDERED, reason: "decode times go back" });
        }
        if times.iter().zip(times.iter().skip(1)).any(|(before, next)| before == next) {
            return Some(Self { code: Self::UNORDERED, reason: "two pictures are shown at the same time" });
        }
        // What open groups of pictures show before their key frame is never shown before the border before that.
        let late = |(before, next): (&Border, &Border)| {
            pictures.earliest_from(next.first_sample).is_some_and(|earliest| earliest < before.time)
        };
        if borders.iter().zip(borders.iter().skip(1)).any(late) {
            return Some(Self { code: Self::UNORDERED, reason: "pictures are shown long before they are decoded" });
        }
        None
    }

    /// What the borders say; the title's end is needed for the last distance. Times in ticks of the source.
    pub(crate) fn of_borders(borders: &[Border], start: i64, end: i64, timescale: u32) -> Option<Self> {
        let Some(first) = borders.first() else {
            return Some(Self { code: "no_clean_start", reason: "the first pictures stand before the first usable key frame" });
        };
        if borders.len() == 1 {
            return Some(Self { code: "one_key_frame", reason: "there is one key frame that a chunk can begin with" });
        }
        let far = FAR_SECONDS.saturating_mul(i64::from(timescale));
        let ends = borders.iter().skip(1).map(|border| border.time).chain([end]);
        let distances = std::iter::once(first.time.max(start)).chain(borders.iter().skip(1).map(|border| border.time)).zip(ends);
        let far_apart: i64 = distances.map(|(from, to)| to - from).filter(|distance| *distance > far).sum();
        (far_apart > (end - start) / 2).then_some(Self {
            code: "far_key_frames",
            reason: "most of the title is more than a minute away from a usable key frame",
        })
    }
}
