use crate::{Error, FourCc, Result, Track, limits};

/// What one walk over a track's samples tells. Times are presentation times (edits applied) in ticks of the track.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrackScan {
    /// Samples.
    pub samples: u64,
    /// Bytes of all samples.
    pub bytes: u64,
    /// Decode time of the first sample.
    pub first_decode_time: i64,
    /// Decode time of the last sample plus its duration.
    pub end_decode_time: i64,
    /// The earliest presentation time; below 0 where samples stand before the edit.
    pub start: i64,
    /// The latest presentation time.
    pub latest: i64,
    /// The latest end of a sample.
    pub end: i64,
    /// Shortest and longest sample duration, the last sample's left out.
    pub durations: (u32, u32),
    /// Presentation time of each key frame in decode order; empty for anything but video.
    pub key_times: Vec<i64>,
    /// The first sample is a key frame.
    pub starts_with_key: bool,
    /// The `stsd` entry that the samples use, from 0.
    pub description: u32,
}

impl TrackScan {
    /// Walks the track; `None` when it has no samples.
    ///
    /// Refuses decode times that go back and tracks that change their sample description on the way.
    pub fn of(track: &Track<'_>) -> Result<Option<Self>> {
        Self::of_first(track, u64::MAX)
    }

    /// The same of the first so many samples in decode order.
    pub fn of_first(track: &Track<'_>, count: u64) -> Result<Option<Self>> {
        let shift = track.presentation_shift();
        let video = track.kind == crate::TrackKind::Video;
        let mut samples = track.samples().take(usize::try_from(count).unwrap_or(usize::MAX));
        let Some(first) = samples.next().transpose()? else { return Ok(None) };
        let mut scan = Self {
            samples: 1,
            bytes: u64::from(first.size),
            first_decode_time: first.decode_time,
            end_decode_time: 0,
            start: first.composition_time() + shift,
            latest: 0,
            end: 0,
            durations: (u32::MAX, 0),
            key_times: if video && first.sync { vec![first.composition_time() + shift] } else { Vec::new() },
            starts_with_key: first.sync,
            description: first.description,
        };
        let mut latest = scan.start;
        let mut latest_duration = first.duration;
        let mut before = first;
        for sample in samples {
            let sample = sample?;
            let step = sample.decode_time - before.decode_time;
            let step = u32::try_from(step)
                .map_err(|_| Error::Malformed { place: FourCc::new(b"stts"), reason: "decode times go back or jump" })?;
            if sample.description != scan.description {
                return Err(Error::Unsupported { place: FourCc::new(b"stsd"), reason: "the sample description changes" });
            }
            let time = sample.composition_time() + shift;
            scan.durations = (scan.durations.0.min(step), scan.durations.1.max(step));
            scan.samples += 1;
            scan.bytes += u64::from(sample.size);
            scan.start = scan.start.min(time);
            if time >= latest {
                latest = time;
                latest_duration = sample.duration;
            }
            if video && sample.sync {
                if scan.key_times.len() == limits::MAX_KEY_FRAMES {
                    return Err(Error::Limit { place: FourCc::new(b"stss"), reason: "too many key frames" });
                }
                scan.key_times.push(time);
            }
            before = sample;
        }
        if scan.samples == 1 {
            scan.durations = (first.duration, first.duration);
        }
        scan.end_decode_time = before.decode_time + i64::from(before.duration);
        scan.latest = latest;
        scan.end = latest + i64::from(latest_duration);
        if track.entries.get(scan.description as usize).is_none() {
            return Err(Error::Malformed { place: FourCc::new(b"stsc"), reason: "names a sample description that is not there" });
        }
        Ok(Some(scan))
    }

    /// Presentation time from the first sample's start to the last one's end, in ticks.
    pub const fn length(&self) -> i64 {
        self.end - self.start
    }

    /// All samples last equally long, give or take a tick of rounding.
    pub const fn constant_rate(&self) -> bool {
        self.durations.1.saturating_sub(self.durations.0) <= 1
    }
}
