use std::io::IoSlice;
use std::path::Path;

use reelway_mp4::limits::{MAX_TIME, MAX_TIMESCALE};
use reelway_mp4::write::{MovieTrack, OutputSample, OutputTrack, SampleTable, Shown, write_movie};
use reelway_output::{OutputFile, Progress, slice_of, write_gathered};
use serde::Serialize;

use crate::track::{Item, Joined};
use crate::{Error, Result};

/// Seconds of one track that stand together before another one's turn comes.
const INTERLEAVE_SECONDS: f64 = 0.5;

const TOO_LARGE: &str = "a time that is too large";

/// What was written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Report {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its tracks.
    pub tracks: Vec<JoinedTrack>,
}

/// A track of what was written.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct JoinedTrack {
    /// RFC 6381 string.
    pub codecs: String,
    /// Samples.
    pub samples: usize,
    /// When its first sample is shown.
    pub start_seconds: f64,
    /// When its last sample ends.
    pub end_seconds: f64,
}

/// Writes the tracks interleaved behind one header.
pub(crate) fn write(tracks: &[Joined<'_>], slices: &[&[u8]], output: &Path, progress: Progress<'_>) -> Result<Report> {
    let delays: Vec<i64> = tracks.iter().map(delay).collect();
    let entries: Vec<Vec<u8>> = tracks.iter().map(|track| track.entry.canonical()).collect();
    let mut tables: Vec<SampleTable> = tracks.iter().map(|_| SampleTable::default()).collect();
    let mut runs: Vec<Run> = Vec::new();
    let mut media_bytes = 0;
    for turn in turns(tracks) {
        let (Some(track), Some(table), Some(delay)) =
            (tracks.get(turn.track), tables.get_mut(turn.track), delays.get(turn.track))
        else {
            continue;
        };
        table.begin_chunk(media_bytes);
        for position in turn.from..turn.to {
            let Some(item) = track.items.get(position) else { continue };
            table.add(output_sample(track, position, item, *delay)?);
            media_bytes += u64::from(item.size);
            extend_runs(&mut runs, item);
        }
    }
    let timescale = movie_timescale(tracks);
    let all = tracks.iter().zip(&delays).zip(&entries).zip(&tables);
    let movie: Vec<MovieTrack<'_>> = all
        .map(|(((track, delay), entry), table)| {
            let output = OutputTrack::of(track.source, entry);
            Ok(MovieTrack { track: output, shown: shown(track, *delay, timescale)?, samples: table })
        })
        .collect::<Result<_>>()?;
    let header = write_movie(&movie, timescale, media_bytes);

    let media = runs.iter().map(|run| slices.get(run.slice).and_then(|bytes| slice_of(bytes, run.offset, run.bytes)));
    let mut pieces = std::iter::once(Some(&*header))
        .chain(media)
        .map(|piece| piece.map(IoSlice::new))
        .collect::<Option<Vec<_>>>()
        .ok_or_else(|| Error::refused("a sample lies outside its file"))?;
    let mut file = OutputFile::create(output)?;
    let failed = file.failed();
    write_gathered(file.file(), &mut pieces, progress).map_err(failed)?;
    file.publish()?;
    Ok(Report { bytes: header.len() as u64 + media_bytes, tracks: tracks.iter().map(describe).collect() })
}

/// How far composition times must lie behind so that no offset is negative.
fn delay(track: &Joined<'_>) -> i64 {
    track.items.iter().map(|item| item.decode_time - item.time).max().unwrap_or(0).max(0)
}

fn output_sample(track: &Joined<'_>, position: usize, item: &Item, delay: i64) -> Result<OutputSample> {
    const TOO_FAR: &str = "a duration or a composition offset does not fit its 32 bits";
    let duration = track.items.get(position + 1).map_or(i64::from(item.duration), |next| next.decode_time - item.decode_time);
    Ok(OutputSample {
        size: item.size,
        duration: u32::try_from(duration).map_err(|_| Error::refused(TOO_FAR))?,
        composition_offset: i32::try_from(item.time - item.decode_time + delay).map_err(|_| Error::refused(TOO_FAR))?,
        sync: item.sync,
    })
}

/// The leading track's; where one starts late, a clock that tells the start of each to the tick, if readers take one that fine.
fn movie_timescale(tracks: &[Joined<'_>]) -> u32 {
    let leading = tracks.first().map_or(1000, |track| track.source.timescale);
    if tracks.iter().all(|track| track.span().0 == 0) {
        return leading;
    }
    let all = tracks
        .iter()
        .try_fold(1, |common: u32, track| (common / gcd(common, track.source.timescale)).checked_mul(track.source.timescale));
    all.filter(|common| *common <= MAX_TIMESCALE).unwrap_or(leading)
}

fn gcd(a: u32, b: u32) -> u32 {
    if b == 0 { a.max(1) } else { gcd(b, a % b) }
}

/// The edit that hides what is before the start, and puts a track that starts later there.
///
/// Times that the reader would refuse are not written.
fn shown(track: &Joined<'_>, delay: i64, movie_timescale: u32) -> Result<Shown> {
    let (start, end) = track.span();
    let first_decode_time = track.items.first().map_or(0, |first| first.decode_time);
    let ticks = |ticks: i64| u64::try_from(ticks).map_err(|_| Error::refused("a time before the start"));
    let bounded = |ticks: u64| Some(ticks).filter(|ticks| *ticks <= MAX_TIME).ok_or_else(|| Error::refused(TOO_LARGE));
    let in_movie = |ticks: u64| (u128::from(ticks) * u128::from(movie_timescale)).div_ceil(u128::from(track.source.timescale));
    let fit = |ticks: u128| u64::try_from(ticks).map_err(|_| Error::refused(TOO_LARGE)).and_then(bounded);
    Ok(Shown {
        delay: fit(in_movie(ticks(start)?))?,
        media_time: bounded(ticks(start - first_decode_time + delay)?)?,
        duration: fit(in_movie(ticks(end - start)?))?,
    })
}

/// Samples of one track that stand together in the file.
struct Turn {
    track: usize,
    from: usize,
    to: usize,
}

/// Whose samples come when: always the track that is furthest behind, for half a second.
fn turns(tracks: &[Joined<'_>]) -> Vec<Turn> {
    let mut turns = Vec::new();
    let mut positions = vec![0; tracks.len()];
    let seconds = |track: &Joined<'_>, item: &Item| item.decode_time as f64 / f64::from(track.source.timescale.max(1));
    loop {
        let waiting = tracks.iter().zip(&positions).enumerate();
        let next = waiting.filter_map(|(number, (track, position))| {
            track.items.get(*position).map(|item| (number, *position, seconds(track, item)))
        });
        let Some((number, from, time)) = next.min_by(|a, b| a.2.total_cmp(&b.2)) else { return turns };
        let Some(track) = tracks.get(number) else { return turns };
        let together = track.items.iter().skip(from).take_while(|item| seconds(track, item) < time + INTERLEAVE_SECONDS).count();
        let to = from + together.max(1);
        turns.push(Turn { track: number, from, to });
        if let Some(position) = positions.get_mut(number) {
            *position = to;
        }
    }
}

/// Bytes of one slice that follow each other.
struct Run {
    slice: usize,
    offset: u64,
    bytes: u64,
}

fn extend_runs(runs: &mut Vec<Run>, item: &Item) {
    let size = u64::from(item.size);
    match runs.last_mut() {
        Some(run) if run.slice == item.slice && run.offset + run.bytes == item.offset => run.bytes += size,
        _ if size == 0 => {}
        _ => runs.push(Run { slice: item.slice, offset: item.offset, bytes: size }),
    }
}

fn describe(track: &Joined<'_>) -> JoinedTrack {
    let (start, end) = track.span();
    let seconds = |ticks: i64| ticks as f64 / f64::from(track.source.timescale.max(1));
    JoinedTrack {
        codecs: track.entry.codec.string.clone(),
        samples: track.items.len(),
        start_seconds: seconds(start),
        end_seconds: seconds(end),
    }
}
