use reelway_mp4::limits::{MAX_TIME, MAX_TRACKS};
use reelway_mp4::write::{MovieTrack, OutputSample, OutputTrack, SampleTable, Shown, write_movie};
use reelway_mp4::{Movie, Sample, Track, TrackKind};
use serde::Serialize;

use crate::extract::{Extract, bytes_of};
use crate::runs::{Run, lay_out};
use crate::{Error, Result, limits};

/// Key frames of a title in a file of their own.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KeyFrames {
    /// Bytes of the file.
    pub bytes: u64,
    /// The track's id in the source.
    pub track: u32,
    /// Ticks per second, of the source's track and of the file.
    pub timescale: u32,
    /// The pictures, in order, each once.
    pub key_frames: Vec<ExtractedKeyFrame>,
}

/// One picture.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ExtractedKeyFrame {
    /// When the title shows it, in ticks; the same in the file.
    pub time: i64,
    /// The same in seconds.
    pub seconds: f64,
    /// Coded bytes.
    pub bytes: u32,
    /// Which of the times asked for it stands for, counted from 0.
    pub at: Vec<usize>,
    /// The track of the file that holds it, counted from 0.
    pub stream: usize,
}

/// Plans a file with the key frames that stand for these times, in seconds: of each the last one shown at or before it, or the
/// first of all.
///
/// Pictures that the source hides are never taken. The track is the first of video without an id. The key frame of an open
/// group of pictures gets a track of its own: behind another picture than in the source, decoders put it into the wrong order.
pub fn key_frames(movie: &Movie<'_>, id: Option<u32>, at: &[f64]) -> Result<Extract<KeyFrames>> {
    if at.is_empty() || at.len() > limits::MAX_TIMES {
        return Err(Error::Request("from 1 to 10,000 times can be asked for"));
    }
    if !at.iter().all(|seconds| (0.0..1e9).contains(seconds)) {
        return Err(Error::Request("a time is seconds from 0 on"));
    }
    let video = |track: &&Track<'_>| track.kind == TrackKind::Video && !track.is_chapters;
    let track = movie.tracks.iter().filter(video).find(|track| id.is_none_or(|id| track.id == id)).ok_or(Error::NoTrack)?;
    if track.edits.further_edits > 0 {
        return Err(Error::Refused("the track is edited together from several parts"));
    }
    let chosen = choose(&shown_key_frames(track)?, at, track.timescale);
    let Some(first) = chosen.first() else { return Err(Error::Refused("the source shows no key frame")) };
    let entry = track.entries.get(first.sample.description as usize);
    let entry = entry.ok_or(Error::Refused("the track names a sample description that is not there"))?;
    if chosen.iter().any(|one| one.sample.description != first.sample.description) {
        return Err(Error::Refused("the track changes its sample description"));
    }
    if entry.encrypted {
        return Err(Error::Refused("the track is encrypted"));
    }
    let streams = streams(track, &chosen)?;
    let pictures: Vec<Run> = chosen.iter().map(Chosen::run).collect();
    let (places, runs) = lay_out(&[&pictures]);
    let mut places = places.into_iter().flatten();
    let tables = streams.iter().map(|stream| table(stream, &mut places)).collect::<Result<Vec<_>>>()?;
    let tracks = streams.iter().zip(&tables).map(|(stream, samples)| {
        let output = OutputTrack::of(track, &entry.bytes);
        Ok(MovieTrack { track: output, shown: shown(stream, samples)?, samples })
    });
    let header = write_movie(&tracks.collect::<Result<Vec<_>>>()?, track.timescale, bytes_of(&runs));
    let described = streams.iter().enumerate().flat_map(|(number, stream)| stream.iter().map(move |one| (number, one)));
    let report = KeyFrames {
        bytes: header.len() as u64 + bytes_of(&runs),
        track: track.id,
        timescale: track.timescale,
        key_frames: described.map(|(number, one)| one.described(track.timescale, number)).collect(),
    };
    Ok(Extract { header, runs, report })
}

/// The pictures of each track of the file: what decodes in order behind what stands before it.
fn streams<'c>(track: &Track<'_>, chosen: &'c [Chosen]) -> Result<Vec<&'c [Chosen]>> {
    let streams: Vec<_> = chosen.chunk_by(|_, next| track.begins_sequence(&next.sample)).collect();
    if streams.len() > MAX_TRACKS {
        return Err(Error::Refused("more than 64 key frames of open groups of pictures: ask for fewer at once"));
    }
    Ok(streams)
}

fn shown(stream: &[Chosen], samples: &SampleTable) -> Result<Shown> {
    let delay = stream.first().and_then(|first| u64::try_from(first.time).ok());
    let delay = delay.filter(|delay| delay.saturating_add(samples.duration()) <= MAX_TIME);
    let delay = delay.ok_or(Error::Refused("a time that is too large"))?;
    Ok(Shown { delay, media_time: 0, duration: samples.duration() })
}

/// A key frame, and for which of the times it is taken.
#[derive(Debug)]
struct Chosen {
    sample: Sample,
    time: i64,
    at: Vec<usize>,
}

impl Chosen {
    fn run(&self) -> Run {
        let start = self.sample.offset;
        Run { bytes: start..start + u64::from(self.sample.size), samples: 1 }
    }

    fn described(&self, timescale: u32, stream: usize) -> ExtractedKeyFrame {
        let seconds = self.time as f64 / f64::from(timescale.max(1));
        ExtractedKeyFrame { time: self.time, seconds, bytes: self.sample.size, at: self.at.clone(), stream }
    }
}

/// The key frames that the source shows, with their presentation times, which rise.
fn shown_key_frames(track: &Track<'_>) -> Result<Vec<(i64, Sample)>> {
    let (shift, end) = (track.presentation_shift(), track.presentation_end());
    let mut found: Vec<(i64, Sample)> = Vec::new();
    for sample in track.samples() {
        let sample = sample?;
        let time = sample.composition_time() + shift;
        let shown = sample.composition_time() >= track.edits.media_time && time >= 0 && end.is_none_or(|end| time < end);
        if sample.sync && shown && found.last().is_none_or(|(before, _)| *before < time) {
            found.push((time, sample));
        }
    }
    Ok(found)
}

fn choose(found: &[(i64, Sample)], at: &[f64], timescale: u32) -> Vec<Chosen> {
    let mut wanted: Vec<(usize, usize)> = Vec::new();
    for (number, seconds) in at.iter().enumerate() {
        // To the nearest tick: decimals of seconds are mostly rounded ticks.
        let ticks = (seconds * f64::from(timescale)).round();
        let behind = found.partition_point(|(time, _)| *time as f64 <= ticks);
        wanted.push((behind.saturating_sub(1), number));
    }
    wanted.sort_unstable();
    let mut chosen: Vec<Chosen> = Vec::new();
    let mut before = None;
    for (place, number) in wanted {
        let Some((time, sample)) = found.get(place) else { continue };
        match chosen.last_mut() {
            Some(last) if before == Some(place) => last.at.push(number),
            _ => chosen.push(Chosen { sample: *sample, time: *time, at: vec![number] }),
        }
        before = Some(place);
    }
    chosen
}

/// The sample table of a track's pictures, each shown until the next; the places are theirs in the file.
fn table(stream: &[Chosen], places: &mut impl Iterator<Item = u64>) -> Result<SampleTable> {
    const TOO_FAR: Error = Error::Refused("two key frames are too far apart");
    let mut table = SampleTable::default();
    let ends = stream.iter().skip(1).map(|next| Some(next.time)).chain([None]);
    for (one, end) in stream.iter().zip(ends) {
        let duration = end.map_or(i64::from(one.sample.duration.max(1)), |end| end - one.time);
        table.begin_chunk(places.next().unwrap_or(0));
        table.add(OutputSample {
            size: one.sample.size,
            duration: u32::try_from(duration).map_err(|_| TOO_FAR)?,
            composition_offset: 0,
            sync: true,
        });
    }
    Ok(table)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(at: &[f64]) -> Vec<(i64, Vec<usize>)> {
        let sample = |time| Sample {
            offset: 0,
            size: 1,
            decode_time: time,
            duration: 1,
            composition_offset: 0,
            sync: true,
            description: 0,
        };
        let found: Vec<(i64, Sample)> = [300, 1201, 2000].into_iter().map(|time| (time, sample(time))).collect();
        choose(&found, at, 600).into_iter().map(|one| (one.time, one.at)).collect()
    }

    #[test]
    fn each_time_gets_the_key_frame_at_or_before_it_and_each_key_frame_comes_once() {
        assert_eq!(of(&[9.0, 0.5, 1.9, 2.001_667]), [(300, vec![1, 2]), (1201, vec![3]), (2000, vec![0])]);
        assert_eq!(of(&[0.0, 2.0]), [(300, vec![0, 1])]);
    }
}
