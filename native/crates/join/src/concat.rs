use std::path::Path;

use reelway_mp4::TrackKind;
use reelway_mp4::limits::MAX_TIME;
use reelway_output::Progress;

use crate::movie::{self, Report};
use crate::part::Part;
use crate::track::{Item, Joined};
use crate::{Error, Result};

/// Lays whole files one behind the other. All must have the same tracks in the same order, coded alike.
///
/// A file starts where the pictures of the one before end (its sound, where there are none). Sound that reaches over the
/// border gives way to the next file's; sound packets that their file hides at its start are left out at a border.
/// `progress` is told of the bytes of the result.
pub fn concat(parts: &[Part<'_>], output: &Path, progress: Progress<'_>) -> Result<Report> {
    let mut joined: Vec<Joined<'_>> = Vec::new();
    let mut slices = Vec::new();
    // Where the next file starts, in seconds as an exact fraction of the leading track's clock.
    let mut start = Moment { ticks: 0, timescale: 1 };
    for part in parts {
        let mut tracks = Vec::new();
        for track in part.tracks()? {
            tracks.extend(Joined::read(part, track, slices.len())?);
        }
        slices.extend(part.bytes.iter().copied());
        let end = end_of(&tracks, start).ok_or_else(|| Error::refused(format!("{}: no samples", part.name)))?;
        if joined.is_empty() {
            joined = tracks;
        } else {
            append(&mut joined, tracks, start, &part.name)?;
        }
        start = end;
    }
    if joined.is_empty() {
        return Err(Error::refused("nothing to join"));
    }
    movie::write(&joined, &slices, output, progress)
}

/// A time as a fraction of seconds.
#[derive(Debug, Clone, Copy)]
struct Moment {
    ticks: i64,
    timescale: u32,
}

impl Moment {
    /// The nearest tick of another clock.
    fn nearest_in(self, timescale: u32) -> i64 {
        scaled(self.ticks, self.timescale, timescale)
    }
}

/// Ticks of one clock as the nearest ones of another, [`MAX_TIME`] at most on either side of 0.
fn scaled(ticks: i64, from: u32, to: u32) -> i64 {
    let (product, from) = (i128::from(ticks) * i128::from(to), i128::from(from.max(1)));
    let most = i128::from(MAX_TIME);
    i64::try_from((product + from / 2).div_euclid(from).clamp(-most, most)).unwrap_or(i64::MAX)
}

/// Where a file that starts at `start` ends: with its pictures, or with its longest sound.
fn end_of(tracks: &[Joined<'_>], start: Moment) -> Option<Moment> {
    let video = tracks.iter().find(|track| track.source.kind == TrackKind::Video);
    let leading =
        video.or_else(|| tracks.iter().max_by_key(|track| scaled(track.span().1, track.source.timescale, 1_000_000)))?;
    let ticks = start.nearest_in(leading.source.timescale) + leading.span().1;
    Some(Moment { ticks, timescale: leading.source.timescale })
}

fn append<'p>(joined: &mut [Joined<'p>], tracks: Vec<Joined<'p>>, start: Moment, name: &str) -> Result<()> {
    if joined.len() != tracks.len() {
        return Err(Error::refused(format!("{name}: has {} tracks, the first file has {}", tracks.len(), joined.len())));
    }
    for (known, next) in joined.iter_mut().zip(tracks) {
        check_equal(known, &next, name)?;
        let mut items = moved(&next, known.source.timescale, start, name)?;
        if known.source.kind == TrackKind::Video {
            decode_behind(&mut items, known.items.last());
        } else {
            // Sound is longer than pictures by a part of a packet: what would play at the same time is the next file's.
            let begins = items.first().map_or(i64::MAX, |first| first.decode_time);
            let keep = known.items.partition_point(|item| item.decode_time < begins);
            known.items.truncate(keep);
        }
        let too_far = |item: &Item| item.decode_time.unsigned_abs().max(item.time.unsigned_abs()) > MAX_TIME;
        if items.iter().any(too_far) {
            return Err(Error::refused(format!("{name}: a time that is too large behind the files before it")));
        }
        known.items.extend(items);
    }
    Ok(())
}

/// Pictures are decoded before they are shown, and files differ in how long before: none is decoded before the file in
/// front is.
fn decode_behind(items: &mut [Item], last: Option<&Item>) {
    let Some((last, first)) = last.zip(items.first().copied()) else { return };
    let late = (last.decode_time + 1 - first.decode_time).max(0);
    for item in items {
        item.decode_time += late;
    }
}

fn check_equal(known: &Joined<'_>, next: &Joined<'_>, name: &str) -> Result<()> {
    let differs = |what| Err(Error::refused(format!("{name}: {what} differs from the first file's")));
    if known.source.kind != next.source.kind {
        return differs("the order of video and audio");
    }
    if known.entry.format != next.entry.format || known.entry.configuration() != next.entry.configuration() {
        return differs("the codec or its configuration");
    }
    if known.entry.shape != next.entry.shape || known.source.matrix != next.source.matrix {
        return differs("the pictures' size, colour or rotation, or the sound's channels or rate");
    }
    Ok(())
}

/// A track's samples, moved to where their file starts.
fn moved(next: &Joined<'_>, timescale: u32, start: Moment, name: &str) -> Result<Vec<Item>> {
    let start = start.nearest_in(timescale);
    if next.source.kind == TrackKind::Video && next.items.iter().any(|item| item.time < next.shown_from) {
        return Err(Error::refused(format!("{name}: an edit list hides its first pictures, and can't inside a joined file")));
    }
    let shown = next.items.iter().filter(|item| item.end() > next.shown_from);
    Ok(shown
        .map(|item| {
            let place = |ticks: i64| start + scaled(ticks, next.source.timescale, timescale);
            Item {
                decode_time: place(item.decode_time),
                time: place(item.time),
                duration: u32::try_from(scaled(i64::from(item.duration), next.source.timescale, timescale)).unwrap_or(u32::MAX),
                ..*item
            }
        })
        .collect())
}
