use crate::boxes::BoxView;
use crate::{Error, FourCc, Result, limits};
use serde::Serialize;

/// What a track's edit list (ISO/IEC 14496-12 §8.6.6) says about its place on the presentation timeline.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Edits {
    /// The track starts this much later (empty edits), in ticks of the movie's timescale.
    pub start_delay: u64,
    /// The composition time that is shown first, in ticks of the track's timescale.
    pub media_time: i64,
    /// How much is shown from `media_time` on, in ticks of the movie; 0 says: to the end.
    pub duration: u64,
    /// Edits with media behind the first one: parts that a plain shift can't express.
    pub further_edits: u32,
}

const ELST: FourCc = FourCc::new(b"elst");

impl Edits {
    pub(crate) fn parse(elst: &BoxView<'_>) -> Result<Self> {
        let mut reader = elst.reader();
        let (version, _) = reader.full_box()?;
        let count = reader.u32()?;
        if count > limits::MAX_EDITS {
            return Err(Error::Limit { place: ELST, reason: "too many edits" });
        }
        let mut edits = Self::default();
        let mut seen_media = false;
        for _ in 0..count {
            let (duration, media_time) = if version == 1 {
                (reader.u64()?, reader.u64()?.cast_signed())
            } else {
                (u64::from(reader.u32()?), i64::from(reader.i32()?))
            };
            reader.skip(4)?;
            if duration > limits::MAX_TIME || media_time.unsigned_abs() > limits::MAX_TIME {
                return Err(Error::Limit { place: ELST, reason: "an edit's time" });
            }
            match (media_time >= 0, seen_media) {
                (true, false) => {
                    edits.media_time = media_time;
                    edits.duration = duration;
                    seen_media = true;
                }
                (false, false) => edits.start_delay = edits.start_delay.saturating_add(duration).min(limits::MAX_TIME),
                // A gap at the end shows nothing; only more media changes what is seen.
                (true, true) => edits.further_edits += 1,
                (false, true) => {}
            }
        }
        Ok(edits)
    }
}
