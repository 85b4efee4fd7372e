use reelway_mp4::limits::MAX_TIME;

use crate::{ChunkReport, Error, KeyFrame, Rendition, Result, Segment, Title, merge_subtitles};

/// Renditions, segments and key frames of one title, at most.
pub(crate) const MAX_RENDITIONS: usize = 64;
pub(crate) const MAX_SEGMENTS: usize = 131_072;
/// Bytes of one media file: 32 terabytes. All files of a title together still fit a `u64`.
pub(crate) const MAX_FILE_BYTES: u64 = 1 << 45;

/// Joins the reports of a title that is whole: every segment from 1 on, pictures ending together in all renditions.
pub fn merge(reports: Vec<ChunkReport>) -> Result<Title> {
    let title = join(reports)?;
    if has_empty(&title) {
        return Err(Error::Empty);
    }
    for rendition in &title.renditions {
        let numbers = (1u32..).zip(&rendition.segments);
        if let Some((expected, found)) = numbers.map(|(expected, segment)| (expected, segment.number)).find(|(a, b)| a != b) {
            return Err(Error::Gap { rendition: rendition.id.clone(), expected, found });
        }
        check_times(rendition)?;
    }
    let ends = || title.renditions.iter().filter(|rendition| rendition.is_video());
    let Some(first) = ends().next() else { return Ok(title) };
    match ends().find(|other| other.segments.len() != first.segments.len() || !same_time(first, other)) {
        Some(other) => Err(Error::Unequal { rendition: other.id.clone() }),
        None => Ok(title),
    }
}

/// Joins the reports of a title that grows: what stands without a gap at the start of every rendition.
///
/// Pictures are listed as far as all renditions have them, and sound and subtitles as far as the pictures: players that find
/// more sound than pictures play on without.
pub fn merge_growing(reports: Vec<ChunkReport>) -> Result<Title> {
    let mut title = join(reports)?;
    let renditions = &mut title.renditions;
    for rendition in renditions.iter_mut() {
        let contiguous = (1u32..).zip(&rendition.segments).take_while(|(number, segment)| *number == segment.number).count();
        rendition.segments.truncate(contiguous);
        check_times(rendition)?;
    }
    let videos = || renditions.iter().filter(|rendition| rendition.is_video());
    if let Some(common) = videos().map(|rendition| rendition.segments.len()).min() {
        let end = videos().next().and_then(|first| first.segments.get(..common)?.last().map(|last| first.seconds(last.end())));
        let end = end.unwrap_or(0.0);
        for rendition in renditions.iter_mut() {
            let listed = if rendition.is_video() {
                common
            } else {
                let ends_in_time = |segment: &&Segment| rendition.seconds(segment.end()) <= end + 1e-6;
                rendition.segments.iter().take_while(ends_in_time).count()
            };
            rendition.segments.truncate(listed);
        }
    }
    let pictures = title.renditions.iter().filter(|rendition| rendition.is_video()).map(Rendition::end_seconds);
    let end = pictures.reduce(f64::min).unwrap_or_else(|| title.end_seconds());
    merge_subtitles::end_at(&mut title.subtitles, end);
    if has_empty(&title) { Err(Error::Empty) } else { Ok(title) }
}

fn has_empty(title: &Title) -> bool {
    let text = title.subtitles.iter().any(|subtitles| subtitles.segments.is_empty());
    text || title.renditions.iter().any(|rendition| rendition.segments.is_empty())
}

/// All chunks of each rendition as one, segments in order of their numbers.
fn join(reports: Vec<ChunkReport>) -> Result<Title> {
    let mut renditions: Vec<Rendition> = Vec::new();
    let mut subtitles = Vec::new();
    for report in reports {
        if !report.is_current() {
            return Err(Error::Version);
        }
        subtitles.extend(report.subtitles);
        for chunk in report.renditions {
            check(&chunk)?;
            match renditions.iter_mut().find(|known| known.id == chunk.id) {
                Some(known) => extend(known, chunk)?,
                None => renditions.push(chunk),
            }
        }
    }
    if renditions.iter().map(|rendition| rendition.segments.len()).sum::<usize>() > MAX_SEGMENTS {
        return Err(Error::Refused("more segments than one title may have"));
    }
    if renditions.len() > MAX_RENDITIONS {
        return Err(Error::Refused("more renditions than one title may have"));
    }
    if renditions.is_empty() {
        return Err(Error::Empty);
    }
    // Pictures first, then by name: the order does not depend on which chunk's report came first.
    renditions.sort_by(|a, b| b.is_video().cmp(&a.is_video()).then_with(|| place(&a.id).cmp(&place(&b.id))));
    for rendition in &mut renditions {
        rendition.segments.sort_by_key(|segment| segment.number);
    }
    Ok(Title { renditions, subtitles: merge_subtitles::join(subtitles)? })
}

/// Ids end in a number: `video-10` comes behind `video-9`.
pub(crate) fn place(id: &str) -> (usize, &str) {
    (id.len(), id)
}

/// Ids become names in playlists and folders.
pub(crate) fn id_is_name(id: &str) -> bool {
    is_plain(id) && !id.contains(['/', '.', ','])
}

fn is_plain(text: &str) -> bool {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "-._,/".contains(letter);
    !text.is_empty() && text.len() <= 256 && text.chars().all(known)
}

/// What no type can say of a document from elsewhere.
fn check(rendition: &Rendition) -> Result<()> {
    let texts = [&rendition.codecs, &rendition.family].into_iter().chain(&rendition.supplemental_codecs);
    if !id_is_name(&rendition.id)
        || !texts.map(String::as_str).all(is_plain)
        || !rendition.language.chars().all(|c| c.is_ascii_lowercase())
    {
        return Err(Error::Refused("a report holds a name that can't stand in a playlist"));
    }
    let most = MAX_TIME.cast_signed();
    let times = |segment: &Segment| {
        let shown = |key: &KeyFrame| (segment.start..=segment.end()).contains(&key.time);
        (0..=most).contains(&segment.start)
            && (1..=most).contains(&segment.duration)
            && segment.key_frames.iter().all(shown)
            && segment.key_frames.is_sorted_by_key(|key| key.time)
    };
    if rendition.timescale == 0 || !rendition.segments.iter().all(times) {
        return Err(Error::Refused("a report holds a time that makes no sense"));
    }
    let place = |offset: u64, bytes: u64| offset.max(bytes) <= MAX_FILE_BYTES;
    let places = |segment: &Segment| {
        place(segment.offset, segment.bytes) && segment.key_frames.iter().all(|key| place(key.offset, key.bytes))
    };
    let index = rendition.index.is_none_or(|index| place(index.offset, index.bytes));
    if !index || !place(0, rendition.init_bytes) || !rendition.segments.iter().all(places) {
        return Err(Error::Refused("a report holds a place that no file has"));
    }
    Ok(())
}

fn extend(known: &mut Rendition, chunk: Rendition) -> Result<()> {
    let differs = |what| Error::Mismatch {
        rendition: chunk.id.clone(),
        segment: chunk.segments.first().map_or(0, |segment| segment.number),
        what,
    };
    let same = [
        (known.config_sha256 == chunk.config_sha256, "the codec's configuration"),
        (known.timescale == chunk.timescale, "the timescale"),
        (known.kind == chunk.kind, "the pictures' size, aspect or colour, or the sound's channels or rate"),
        (known.codecs == chunk.codecs, "the codec string"),
        (known.language == chunk.language, "the language"),
        (known.encryption == chunk.encryption, "the encryption"),
        (known.init_sha256 == chunk.init_sha256, "the init segment"),
    ];
    if let Some((_, what)) = same.into_iter().find(|(same, _)| !same) {
        return Err(differs(what));
    }
    known.distances = (known.distances.0.min(chunk.distances.0), known.distances.1.max(chunk.distances.1));
    known.segments.extend(chunk.segments);
    Ok(())
}

fn check_times(rendition: &Rendition) -> Result<()> {
    let torn = rendition.segments.iter().zip(rendition.segments.iter().skip(1)).find(|(before, next)| before.end() != next.start);
    match torn {
        Some((_, next)) => Err(Error::Time { rendition: rendition.id.clone(), segment: next.number }),
        None => Ok(()),
    }
}

/// The pictures of both end together, give or take a tick of the coarser clock.
fn same_time(one: &Rendition, other: &Rendition) -> bool {
    let tolerance = 1.0 / f64::from(one.timescale.min(other.timescale).max(1)) + 1e-9;
    (one.end_seconds() - other.end_seconds()).abs() <= tolerance
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;
    use crate::Kind;

    fn chunk(id: &str, timescale: u32, first: u32, starts: &[i64], end: i64) -> ChunkReport {
        let ends = starts.iter().skip(1).copied().chain([end]);
        let segments = (first..).zip(starts.iter().zip(ends)).map(|(number, (start, end))| Segment {
            number,
            start: *start,
            duration: end - start,
            offset: 0,
            bytes: 1000,
            samples: 50,
            sample_ticks: 50,
            closed: true,
            key_frames: Vec::new(),
        });
        let kind = if id.starts_with("video") {
            Kind::Video { coded: (320, 180), shown: (320, 180), pixel_aspect: (1, 1), colour: None }
        } else {
            Kind::Audio { channels: 2, sample_rate: 48000 }
        };
        ChunkReport::new(
            vec![Rendition {
                id: id.to_owned(),
                kind,
                codecs: "avc1.64001f".to_owned(),
                family: "h264".to_owned(),
                supplemental_codecs: None,
                timescale,
                language: "und".to_owned(),
                encryption: None,
                init_bytes: 700,
                init_sha256: "a".to_owned(),
                config_sha256: "b".to_owned(),
                index: None,
                distances: (1, 1),
                segments: segments.collect(),
            }],
            Vec::new(),
        )
    }

    #[test]
    fn chunks_that_came_in_any_order_make_one_rendition() {
        let reports = vec![chunk("video-1", 10, 3, &[80], 120), chunk("video-1", 10, 1, &[0, 40], 80)];
        let merged = merge(reports).unwrap().renditions;
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].segments.iter().map(|segment| segment.start).collect::<Vec<_>>(), [0, 40, 80]);
        assert_eq!(merged[0].samples(), 150);
    }

    #[test]
    fn what_does_not_fit_is_named() {
        let two = || vec![chunk("video-1", 10, 1, &[0, 40], 80), chunk("video-1", 10, 3, &[80], 120)];
        let with = |change: &dyn Fn(&mut Rendition)| {
            let mut reports = two();
            change(&mut reports[1].renditions[0]);
            merge(reports)
        };
        assert!(merge(two()).is_ok());
        let number = |found| Err(Error::Gap { rendition: "video-1".to_owned(), expected: 3, found });
        assert_eq!(with(&|chunk| chunk.segments[0].number = 4), number(4));
        assert_eq!(with(&|chunk| chunk.segments[0].number = 2), number(2));
        assert!(matches!(with(&|chunk| chunk.segments[0].start = 81), Err(Error::Time { segment: 3, .. })));
        for change in [
            (&|chunk: &mut Rendition| chunk.config_sha256 = "c".to_owned()) as &dyn Fn(&mut Rendition),
            &|chunk| chunk.init_sha256 = "c".to_owned(),
            &|chunk| chunk.timescale = 11,
        ] {
            assert!(matches!(with(change), Err(Error::Mismatch { segment: 3, .. })));
        }
        assert!(matches!(with(&|chunk| chunk.id = "../video".to_owned()), Err(Error::Refused(_))));
        assert!(matches!(with(&|chunk| chunk.codecs = "a\"\n#EXT".to_owned()), Err(Error::Refused(_))));
        assert!(matches!(with(&|chunk| chunk.segments[0].duration = 0), Err(Error::Refused(_))));
        let shown_at = |times: &'static [i64]| {
            with(&move |chunk: &mut Rendition| {
                chunk.segments[0].key_frames = times.iter().map(|time| KeyFrame { time: *time, offset: 0, bytes: 1 }).collect();
            })
        };
        assert!(shown_at(&[80, 100, 120]).is_ok());
        for times in [&[79][..], &[121], &[100, 90]] {
            assert!(matches!(shown_at(times), Err(Error::Refused(_))), "{times:?}");
        }
        let short = vec![chunk("video-1", 10, 1, &[0, 40], 80), chunk("video-2", 10, 1, &[0], 40)];
        assert_eq!(merge(short), Err(Error::Unequal { rendition: "video-2".to_owned() }));
    }

    #[test]
    fn a_growing_title_lists_what_all_renditions_have_and_no_more_sound_than_pictures() {
        let reports = || {
            vec![
                chunk("video-1", 10, 1, &[0, 40], 80),
                chunk("video-1", 10, 5, &[160], 200),
                chunk("video-2", 1000, 1, &[0], 4000),
                chunk("audio-1", 100, 1, &[0, 400, 800], 1200),
            ]
        };
        let merged = merge_growing(reports()).unwrap().renditions;
        let counts: Vec<_> = merged.iter().map(|rendition| (rendition.id.as_str(), rendition.segments.len())).collect();
        assert_eq!(counts, [("video-1", 1), ("video-2", 1), ("audio-1", 1)]);
        assert_eq!(merged[0].samples(), 50, "what is not listed does not count");
        let mut more = reports();
        more.push(chunk("video-2", 1000, 2, &[4000, 8000], 12000));
        assert_eq!(merge_growing(more).unwrap().renditions[2].segments.len(), 2);
        let starved = vec![chunk("video-1", 10, 3, &[80], 120)];
        assert_eq!(merge_growing(starved), Err(Error::Empty));
    }
}
