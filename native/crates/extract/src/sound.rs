use reelway_mp4::limits::MAX_TIME;
use reelway_mp4::write::{MovieTrack, OutputSample, OutputTrack, SampleTable, Shown, write_movie};
use reelway_mp4::{Movie, Sample, SampleEntry, Track, TrackKind};
use serde::Serialize;

use crate::extract::{Extract, bytes_of};
use crate::runs::{Run, extend, lay_out};
use crate::{Error, Result, limits};

/// The sound of a title in a file of its own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Sound {
    /// Bytes of the file.
    pub bytes: u64,
    /// Its tracks, in the order of the source.
    pub tracks: Vec<ExtractedSound>,
}

/// One track of sound.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtractedSound {
    /// Its id in the source.
    pub id: u32,
    /// RFC 6381 string.
    pub codecs: String,
    /// ISO 639-2 code.
    pub language: String,
    /// Coded frames.
    pub samples: u64,
    /// When the title lets it begin.
    pub start_seconds: f64,
    /// When it ends.
    pub end_seconds: f64,
}

const TOO_LARGE: Error = Error::Refused("a time that is too large");

/// Plans a file with the sound of a movie: all of it, or the tracks with these ids.
///
/// Samples, priming, padding and edits stay the source's: a decoder gives what it gives of the source. Refused are tracks that
/// one edit can't express, that change their coding, or that are encrypted.
pub fn sound(movie: &Movie<'_>, ids: &[u32]) -> Result<Extract<Sound>> {
    let is_sound = |track: &&Track<'_>| track.kind == TrackKind::Audio && !track.is_chapters;
    let known = |id: &u32| movie.tracks.iter().filter(is_sound).any(|track| track.id == *id);
    if !ids.iter().all(known) {
        return Err(Error::NoTrack);
    }
    let chosen = movie.tracks.iter().filter(is_sound).filter(|track| ids.is_empty() || ids.contains(&track.id));
    let taken: Vec<Taken<'_, '_>> = chosen.map(Taken::of).collect::<Result<Vec<_>>>()?.into_iter().flatten().collect();
    if taken.is_empty() {
        return Err(Error::NoTrack);
    }
    let timescale = movie_timescale(movie.timescale, &taken);
    let all: Vec<&[Run]> = taken.iter().map(|taken| taken.runs.as_slice()).collect();
    let (places, runs) = lay_out(&all);
    let tables = taken.iter().zip(&places).map(|(taken, places)| taken.table(places)).collect::<Result<Vec<_>>>()?;
    let shown = taken.iter().map(|taken| taken.shown(timescale)).collect::<Result<Vec<_>>>()?;
    let tracks: Vec<MovieTrack<'_>> = taken
        .iter()
        .zip(&tables)
        .zip(&shown)
        .map(|((taken, samples), shown)| MovieTrack { track: taken.output(), shown: *shown, samples })
        .collect();
    let header = write_movie(&tracks, timescale, bytes_of(&runs));
    let bytes = header.len() as u64 + bytes_of(&runs);
    let described = taken.iter().zip(&shown).map(|(taken, shown)| taken.described(shown, timescale)).collect();
    Ok(Extract { header, runs, report: Sound { bytes, tracks: described } })
}

/// A track that is taken.
struct Taken<'m, 'f> {
    track: &'m Track<'f>,
    entry: &'m SampleEntry<'f>,
    runs: Vec<Run>,
    samples: u64,
    first_decode_time: i64,
    /// Where the last sample ends.
    end: i64,
}

impl<'m, 'f> Taken<'m, 'f> {
    /// `None` where the track is empty.
    fn of(track: &'m Track<'f>) -> Result<Option<Self>> {
        if track.edits.further_edits > 0 {
            return Err(Error::Refused("a track is edited together from several parts"));
        }
        let (mut runs, mut samples, mut first, mut end) = (Vec::new(), 0, None, i64::MIN);
        for sample in track.samples() {
            let sample = sample?;
            let first: &mut Sample = first.get_or_insert(sample);
            if sample.description != first.description {
                return Err(Error::Refused("a track changes its sample description"));
            }
            extend(&mut runs, &sample);
            samples += 1;
            end = end.max(sample.composition_time() + i64::from(sample.duration));
        }
        let Some(first) = first else { return Ok(None) };
        let entry = track.entries.get(first.description as usize);
        let entry = entry.ok_or(Error::Refused("a track names a sample description that is not there"))?;
        if entry.encrypted {
            return Err(Error::Refused("a track is encrypted"));
        }
        Ok(Some(Self { track, entry, runs, samples, first_decode_time: first.decode_time, end }))
    }

    fn output(&self) -> OutputTrack<'_> {
        OutputTrack::of(self.track, &self.entry.bytes)
    }

    /// The sample table, with the runs at these places.
    fn table(&self, places: &[u64]) -> Result<SampleTable> {
        const TOO_FAR: Error = Error::Refused("a duration does not fit its 32 bits");
        let mut table = SampleTable::default();
        let mut chunks = self.runs.iter().zip(places);
        let mut left = 0;
        let mut samples = self.track.samples().peekable();
        while let Some(sample) = samples.next().transpose()? {
            if left == 0
                && let Some((run, place)) = chunks.next()
            {
                table.begin_chunk(*place);
                left = run.samples;
            }
            left = left.saturating_sub(1);
            let next = samples.peek().and_then(|next| next.as_ref().ok());
            let duration = next.map_or(i64::from(sample.duration), |next| next.decode_time - sample.decode_time);
            table.add(OutputSample {
                size: sample.size,
                duration: u32::try_from(duration).map_err(|_| TOO_FAR)?,
                composition_offset: sample.composition_offset,
                sync: sample.sync,
            });
        }
        Ok(table)
    }

    /// The source's edit, for media that begin at decode time 0.
    fn shown(&self, timescale: u32) -> Result<Shown> {
        let edits = &self.track.edits;
        let from_source = |ticks: u64| rescaled(u128::from(ticks), self.track.movie_timescale, timescale);
        let from_track = |ticks: i64| rescaled(u128::from(ticks.max(0).unsigned_abs()), self.track.timescale, timescale);
        // What the edit wants to show before the first sample is a pause.
        let pause = self.first_decode_time - edits.media_time;
        let media_time = u64::try_from(-pause.min(0)).map_err(|_| TOO_LARGE)?;
        let rest = from_track(self.end - edits.media_time.max(self.first_decode_time))?;
        let duration =
            if edits.duration > 0 { from_source(edits.duration)?.saturating_sub(from_track(pause)?).min(rest) } else { rest };
        let delay = from_source(edits.start_delay)?.saturating_add(from_track(pause)?);
        if duration == 0 {
            return Err(Error::Refused("the source shows nothing of a track"));
        }
        if delay.saturating_add(duration) > MAX_TIME {
            return Err(TOO_LARGE);
        }
        Ok(Shown { delay, media_time, duration })
    }

    fn described(&self, shown: &Shown, timescale: u32) -> ExtractedSound {
        let seconds = |ticks: u64| ticks as f64 / f64::from(timescale.max(1));
        ExtractedSound {
            id: self.track.id,
            codecs: self.entry.codec.string.clone(),
            language: self.track.language.clone(),
            samples: self.samples,
            start_seconds: seconds(shown.delay),
            end_seconds: seconds(shown.delay + shown.duration),
        }
    }
}

/// Ticks per second in which the source's edits and the tracks' times are whole numbers; the source's where there are none.
fn movie_timescale(source: u32, taken: &[Taken<'_, '_>]) -> u32 {
    let common = taken.iter().try_fold(u64::from(source), |common, taken| {
        let own = u64::from(taken.track.timescale);
        common.checked_mul(own / divisor(common, own)).filter(|common| *common <= limits::MAX_MOVIE_TIMESCALE)
    });
    common.and_then(|common| u32::try_from(common).ok()).unwrap_or(source)
}

fn divisor(mut a: u64, mut b: u64) -> u64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a.max(1)
}

fn rescaled(ticks: u128, from: u32, to: u32) -> Result<u64> {
    let scaled = (ticks * u128::from(to)).div_ceil(u128::from(from.max(1)));
    u64::try_from(scaled).ok().filter(|ticks| *ticks <= MAX_TIME).ok_or(TOO_LARGE)
}
