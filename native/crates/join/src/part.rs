use reelway_mp4::codec::Family;
use reelway_mp4::{Movie, Track, TrackKind};

use crate::{Error, Result};

/// One input: a file, or an init segment with the segments that belong to it, all mapped.
#[derive(Debug)]
pub struct Part<'a> {
    /// The name to call it by in messages.
    pub name: String,
    pub(crate) movie: Movie<'a>,
    /// The file itself, or the segments in order.
    pub(crate) bytes: Vec<&'a [u8]>,
    pub(crate) segmented: bool,
}

impl<'a> Part<'a> {
    /// A whole file.
    pub fn file(name: impl Into<String>, bytes: &'a [u8]) -> Result<Self> {
        let name = name.into();
        let movie = Movie::parse(bytes).map_err(Error::within(&name))?;
        Ok(Self { name, movie, bytes: vec![bytes], segmented: false })
    }

    /// An init segment and its segments, in the order of their numbers.
    pub fn segments(name: impl Into<String>, init: &'a [u8], segments: Vec<&'a [u8]>) -> Result<Self> {
        let name = name.into();
        let movie = Movie::parse(init).map_err(Error::within(&name))?;
        Ok(Self { name, movie, bytes: segments, segmented: true })
    }

    /// Its video and audio tracks in codecs that the engine joins; refuses encrypted ones.
    pub(crate) fn tracks(&self) -> Result<Vec<&Track<'a>>> {
        let known = |track: &&Track<'a>| {
            !track.is_chapters
                && matches!(track.kind, TrackKind::Video | TrackKind::Audio)
                && track.entries.iter().all(|entry| entry.codec.family != Family::Other)
        };
        if self.movie.tracks.iter().any(|track| track.entries.iter().any(|entry| entry.encrypted)) {
            return Err(Error::refused(format!("{}: a track is encrypted", self.name)));
        }
        let tracks: Vec<_> = self.movie.tracks.iter().filter(known).collect();
        if tracks.is_empty() {
            return Err(Error::refused(format!("{}: no video and no audio to join", self.name)));
        }
        Ok(tracks)
    }
}
