use reelway_mp4::codec::Family;
use reelway_mp4::{Movie, SampleEntry, Track, TrackKind, TrackScan};
use serde::Serialize;

use crate::ending::Shown;
use crate::{Error, Result, limits};

/// One input file: its bytes and what they hold.
#[derive(Debug)]
pub struct Input<'a> {
    /// The name to call it by in messages.
    pub name: String,
    /// The whole file, mapped.
    pub bytes: &'a [u8],
    /// Its headers.
    pub movie: Movie<'a>,
}

impl<'a> Input<'a> {
    /// Reads the headers of a file.
    pub fn parse(name: impl Into<String>, bytes: &'a [u8]) -> Result<Self> {
        Ok(Self { name: name.into(), bytes, movie: Movie::parse(bytes)? })
    }
}

/// A track that takes part.
#[derive(Debug)]
pub(crate) struct Selected<'a> {
    pub(crate) input: usize,
    pub(crate) file: &'a [u8],
    pub(crate) track: &'a Track<'a>,
    pub(crate) entry: &'a SampleEntry<'a>,
    pub(crate) scan: TrackScan,
    /// See [`Shown`].
    pub(crate) hides_behind_end: bool,
}

/// A track that takes no part, and why: nothing is dropped in silence.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Ignored {
    /// The input, from 0.
    pub input: usize,
    /// The track's id in it.
    pub track: u32,
    /// What it is.
    pub format: String,
    /// Why it is left out.
    pub reason: &'static str,
}

/// Which tracks of the inputs become renditions.
///
/// Video: the first video track of each input. Audio: every audio track of the first input that has one, and of inputs
/// without video; the other inputs of a ladder carry the same sound again. Text, metadata and chapter tracks are ignored.
#[derive(Debug)]
pub struct Selection<'a> {
    pub(crate) video: Vec<Selected<'a>>,
    pub(crate) audio: Vec<Selected<'a>>,
    /// What was left out.
    pub ignored: Vec<Ignored>,
}

impl<'a> Selection<'a> {
    /// Chooses among the inputs' tracks. Refuses what can't be packaged right: foreign codecs, encrypted samples.
    pub fn of(inputs: &'a [Input<'a>]) -> Result<Self> {
        let mut selection = Self { video: Vec::new(), audio: Vec::new(), ignored: Vec::new() };
        for (index, input) in inputs.iter().enumerate() {
            selection.add_input(index, input)?;
        }
        if selection.video.len() + selection.audio.len() > limits::MAX_RENDITIONS {
            return Err(Error::refused(format!("more than {} renditions", limits::MAX_RENDITIONS)));
        }
        Ok(selection)
    }

    fn add_input(&mut self, index: usize, input: &'a Input<'a>) -> Result<()> {
        let has_audio_from_before = !self.audio.is_empty();
        let (videos, audios) = (self.video.len(), self.audio.len());
        for track in &input.movie.tracks {
            let mut ignore = |reason| {
                let format = track.entries.first().map_or(track.handler, |entry| entry.format).to_string();
                self.ignored.push(Ignored { input: index, track: track.id, format, reason });
            };
            if track.is_chapters {
                ignore("chapters");
                continue;
            }
            match track.kind {
                TrackKind::Text => ignore("text tracks inside MP4 are not packaged"),
                TrackKind::Other => ignore("neither pictures nor sound"),
                TrackKind::Video | TrackKind::Audio => match selectable(index, input, track)? {
                    None => ignore("no samples that are shown"),
                    Some(_) if track.kind == TrackKind::Video && self.video.len() > videos => ignore("a second video track"),
                    Some(selected) if track.kind == TrackKind::Video => self.video.push(selected),
                    Some(selected) => self.audio.push(selected),
                },
            }
        }
        if self.video.len() > videos && has_audio_from_before {
            for extra in self.audio.drain(audios..) {
                let (track, format) = (extra.track.id, extra.entry.format.to_string());
                self.ignored.push(Ignored { input: index, track, format, reason: "an earlier input gives the sound" });
            }
        }
        if self.video.len() == videos && self.audio.len() == audios {
            return Err(Error::refused(format!("{}: no video and no audio to package", input.name)));
        }
        Ok(())
    }
}

/// The track with its scan; `None` when it is empty, or nothing of it is shown.
fn selectable<'a>(index: usize, input: &'a Input<'a>, track: &'a Track<'a>) -> Result<Option<Selected<'a>>> {
    // A codec that we don't package is told by name, before anything else about the track can be found wrong.
    for entry in &track.entries {
        if entry.encrypted {
            return Err(Error::refused(format!("{}: track {} is encrypted", input.name, track.id)));
        }
        if entry.codec.family == Family::Other {
            return Err(Error::refused(format!(
                "{}: track {}: codec {} is not packaged",
                input.name, track.id, entry.codec.string
            )));
        }
    }
    let Some(Shown { scan, hides_behind_end }) = Shown::of(track)? else { return Ok(None) };
    let Some(entry) = track.entries.get(scan.description as usize) else { return Ok(None) };
    if track.kind == TrackKind::Video && !scan.starts_with_key {
        return Err(Error::refused(format!("{}: track {} does not start with a key frame", input.name, track.id)));
    }
    if track.edits.further_edits > 0 {
        return Err(Error::refused(format!("{}: track {} is edited together from several parts", input.name, track.id)));
    }
    Ok(Some(Selected { input: index, file: input.bytes, track, entry, scan, hides_behind_end }))
}
