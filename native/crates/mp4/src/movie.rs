use crate::boxes::Boxes;
use crate::fragments::Defaults;
use crate::{Error, FourCc, Result, Tags, Track, TrackKind, limits};

/// An MP4 or `QuickTime` file.
#[derive(Debug, Clone)]
pub struct Movie<'a> {
    /// The major brand (ISO/IEC 14496-12 §4.3); `None` in `QuickTime` files without an `ftyp`.
    pub brand: Option<FourCc>,
    /// Ticks per second of the movie header (§8.2.2).
    pub timescale: u32,
    /// Duration of the movie as its header claims it, in ticks.
    pub header_duration: u64,
    /// The file continues in movie fragments.
    pub fragmented: bool,
    /// The header stands before the media.
    pub header_first: bool,
    /// What it says about itself in words.
    pub tags: Tags,
    /// The tracks, in file order.
    pub tracks: Vec<Track<'a>>,
    /// Tracks that could not be read and carry neither pictures nor sound.
    pub skipped: Vec<SkippedTrack>,
}

/// A track that was left out, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SkippedTrack {
    /// Its place in the movie, from 0.
    pub index: usize,
    /// What was wrong with it.
    pub error: Error,
}

const MOOV: FourCc = FourCc::new(b"moov");
const MVHD: FourCc = FourCc::new(b"mvhd");

impl<'a> Movie<'a> {
    /// Reads a file's headers.
    ///
    /// A damaged metadata track is skipped; damage in the description of pictures or sound is an error, so that nothing is
    /// ever packaged by half.
    pub fn parse(file: &'a [u8]) -> Result<Self> {
        let mut brand = None;
        let mut moov = None;
        let mut media_start = None;
        let mut fragmented = false;
        for found in Boxes::new(file) {
            match &found.kind.0 {
                b"ftyp" => brand = brand.or(found.reader().four_cc().ok()),
                b"moov" => moov = moov.or(Some(found)),
                b"mdat" => media_start = media_start.or(Some(found.start)),
                b"moof" => {
                    fragmented = true;
                    // Whether there is one is all that matters here; the fragments are walked when they are needed.
                    if moov.is_some() {
                        break;
                    }
                }
                _ => {}
            }
        }
        let moov = moov.ok_or(Error::NotMp4)?.complete()?;
        let boxes = moov.children();
        if boxes.find(FourCc::new(b"cmov")).is_some() {
            return Err(Error::Unsupported { place: MOOV, reason: "compressed headers" });
        }
        let (timescale, header_duration) = movie_header(&boxes)?;
        let mut movie = Self {
            brand,
            timescale,
            header_duration,
            fragmented,
            header_first: media_start.is_none_or(|start| moov.start < start),
            tags: Tags::of(file, &boxes),
            tracks: Vec::new(),
            skipped: Vec::new(),
        };
        movie.read_tracks(&boxes, file)?;
        if fragmented {
            movie.read_fragment_defaults(&boxes)?;
        }
        movie.mark_chapters();
        movie.tracks.iter_mut().for_each(Track::correct_mp3_channels);
        Ok(movie)
    }

    fn read_tracks(&mut self, moov: &Boxes<'a>, file: &'a [u8]) -> Result<()> {
        for (index, trak) in moov.clone().filter(|found| found.kind == FourCc::new(b"trak")).enumerate() {
            if index == limits::MAX_TRACKS {
                return Err(Error::Limit { place: MOOV, reason: "too many tracks" });
            }
            match trak.complete().and_then(|trak| Track::parse(&trak, self.timescale, file)) {
                Ok(track) => self.tracks.push(track),
                Err(error) if carries_media(&trak.children()) => return Err(error),
                Err(error) => self.skipped.push(SkippedTrack { index, error }),
            }
        }
        let mut ids: Vec<u32> = self.tracks.iter().map(|track| track.id).collect();
        ids.sort_unstable();
        if ids.windows(2).any(|pair| pair.first() == pair.last()) {
            return Err(Error::Malformed { place: MOOV, reason: "two tracks with one id" });
        }
        Ok(())
    }

    fn read_fragment_defaults(&mut self, moov: &Boxes<'a>) -> Result<()> {
        let extends = moov.find(FourCc::new(b"mvex"));
        let boxes = extends.map_or(Boxes::new(&[]), |mvex| mvex.children());
        let mut defaults = Vec::new();
        for trex in boxes.filter(|found| found.kind == FourCc::new(b"trex")).take(limits::MAX_TRACKS) {
            defaults.push(Defaults::parse(&trex.complete()?)?);
        }
        for track in &mut self.tracks {
            track.has_fragments = true;
            let own = defaults.iter().find(|(id, _)| *id == track.id);
            track.movie_defaults = own.map(|(_, defaults)| *defaults).unwrap_or_default();
        }
        Ok(())
    }

    fn mark_chapters(&mut self) {
        let chapters: Vec<u32> = self.tracks.iter().flat_map(|track| track.chapter_references.iter().copied()).collect();
        for track in &mut self.tracks {
            track.is_chapters = chapters.contains(&track.id);
        }
    }

    /// The tracks that hold pictures or sound to be shown: not the picture list of chapters.
    pub fn media_tracks(&self) -> impl Iterator<Item = &Track<'a>> {
        self.tracks.iter().filter(|track| matches!(track.kind, TrackKind::Video | TrackKind::Audio) && !track.is_chapters)
    }
}

fn movie_header(moov: &Boxes<'_>) -> Result<(u32, u64)> {
    let mut reader = moov.require(MVHD)?.reader();
    let (version, _) = reader.full_box()?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    let timescale = reader.u32()?;
    if timescale == 0 || timescale > limits::MAX_TIMESCALE {
        return Err(Error::Malformed { place: MVHD, reason: "timescale out of range" });
    }
    let duration = if version == 1 { reader.u64()? } else { u64::from(reader.u32()?) };
    Ok((timescale, duration.min(limits::MAX_TIME)))
}

/// Whether a track that can't be read claims to be video or audio. Without a readable handler it is taken for one.
fn carries_media(trak: &Boxes<'_>) -> bool {
    let handler = trak
        .find(FourCc::new(b"mdia"))
        .and_then(|mdia| mdia.children().find(FourCc::new(b"hdlr")))
        .and_then(|hdlr| hdlr.payload.get(8..12));
    handler.is_none_or(|handler| handler == b"vide" || handler == b"soun")
}
