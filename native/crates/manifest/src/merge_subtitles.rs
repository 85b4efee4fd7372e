//! The subtitles of a title's reports: each track is reported whole, by whoever packaged it.

use reelway_mp4::limits::MAX_TIME;

use crate::merge::{MAX_FILE_BYTES, MAX_RENDITIONS, MAX_SEGMENTS, id_is_name, place};
use crate::{Error, Result, Subtitles, TextSegment};

/// All subtitles in the order of their ids; each must have all of its segments, one behind the other.
pub(crate) fn join(mut subtitles: Vec<Subtitles>) -> Result<Vec<Subtitles>> {
    subtitles.iter().try_for_each(check)?;
    if subtitles.len() > MAX_RENDITIONS || subtitles.iter().map(|one| one.segments.len()).sum::<usize>() > MAX_SEGMENTS {
        return Err(Error::Refused("more subtitles than one title may have"));
    }
    if subtitles.iter().filter(|one| one.label.default).count() > 1 {
        return Err(Error::Refused("more than one of the subtitles is to be shown by default"));
    }
    subtitles.sort_by(|a, b| place(&a.id).cmp(&place(&b.id)));
    if subtitles.iter().zip(subtitles.iter().skip(1)).any(|(before, next)| before.id == next.id) {
        return Err(Error::Refused("two reports hold the same subtitles"));
    }
    Ok(subtitles)
}

/// Lists only segments that end with the pictures, which end at so many seconds: give or take a tick of their own clock.
pub(crate) fn end_at(subtitles: &mut [Subtitles], seconds: f64) {
    for one in subtitles {
        let tolerance = 1.0 / f64::from(one.timescale.max(1)) + 1e-6;
        let listed = one.segments.iter().take_while(|segment| one.seconds(segment.end()) <= seconds + tolerance).count();
        one.segments.truncate(listed);
    }
}

fn check(subtitles: &Subtitles) -> Result<()> {
    if !id_is_name(&subtitles.id) || !subtitles.label.is_valid() {
        return Err(Error::Refused("a report holds a name that can't stand in a playlist"));
    }
    let most = MAX_TIME.cast_signed();
    let times = |segment: &TextSegment| (0..=most).contains(&segment.start) && (1..=most).contains(&segment.duration);
    if subtitles.timescale == 0 || !subtitles.segments.iter().all(times) {
        return Err(Error::Refused("a report holds a time that makes no sense"));
    }
    if subtitles.bytes > MAX_FILE_BYTES || subtitles.segments.iter().any(|segment| segment.bytes > MAX_FILE_BYTES) {
        return Err(Error::Refused("a report holds a place that no file has"));
    }
    let numbers = (1u32..).zip(&subtitles.segments);
    if let Some((expected, found)) = numbers.map(|(expected, segment)| (expected, segment.number)).find(|(a, b)| a != b) {
        return Err(Error::Gap { rendition: subtitles.id.clone(), expected, found });
    }
    let mut pairs = subtitles.segments.iter().zip(subtitles.segments.iter().skip(1));
    match pairs.find(|(before, next)| before.end() != next.start) {
        Some((_, next)) => Err(Error::Time { rendition: subtitles.id.clone(), segment: next.number }),
        None => Ok(()),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::SubtitleLabel;

    fn subtitles(id: &str, ends: &[i64]) -> Subtitles {
        let starts = [0].iter().chain(ends);
        let segments = (1..).zip(starts.zip(ends));
        Subtitles {
            id: id.to_owned(),
            label: SubtitleLabel::default(),
            timescale: 10,
            bytes: 100,
            segments: segments
                .map(|(number, (start, end))| TextSegment { number, start: *start, duration: end - start, bytes: 60 })
                .collect(),
        }
    }

    #[test]
    fn tracks_stand_in_the_order_of_their_numbers() {
        let joined = join(vec![subtitles("subtitles-10", &[40]), subtitles("subtitles-9", &[40])]).unwrap();
        assert_eq!(joined.iter().map(|one| one.id.as_str()).collect::<Vec<_>>(), ["subtitles-9", "subtitles-10"]);
    }

    #[test]
    fn what_can_not_be_listed_is_named() {
        let with = |change: &dyn Fn(&mut Subtitles)| {
            let mut changed = subtitles("subtitles-2", &[40, 80]);
            change(&mut changed);
            join(vec![subtitles("subtitles-1", &[40, 80]), changed])
        };
        assert!(with(&|_| ()).is_ok());
        assert!(matches!(with(&|one| one.segments[1].number = 3), Err(Error::Gap { expected: 2, found: 3, .. })));
        assert!(matches!(with(&|one| one.segments[1].start = 41), Err(Error::Time { segment: 2, .. })));
        for change in [
            (&|one: &mut Subtitles| one.id = "subtitles-1".to_owned()) as &dyn Fn(&mut Subtitles),
            &|one| one.id = "../a".to_owned(),
            &|one| one.label.name = Some("a\"".to_owned()),
            &|one| one.timescale = 0,
            &|one| one.segments[0].duration = 0,
            &|one| one.bytes = u64::MAX,
        ] {
            assert!(matches!(with(change), Err(Error::Refused(_))));
        }
        let default = |id: &str| {
            let mut one = subtitles(id, &[40]);
            one.label.default = true;
            one
        };
        assert!(matches!(join(vec![default("a"), default("b")]), Err(Error::Refused(_))));
    }

    #[test]
    fn no_segment_is_listed_that_ends_behind_the_pictures() {
        let mut all = [subtitles("subtitles-1", &[40, 80, 120])];
        end_at(&mut all, 8.05);
        assert_eq!(all[0].segments.len(), 2);
    }
}
