use crate::boxes::{BoxView, Boxes};
use crate::codec::{self, Family};
use crate::fragments::{Defaults, FragmentCursor};
use crate::random_access::RandomAccess;
use crate::sample::Source;
use crate::tables::{TableCursor, Tables};
use crate::{Edits, Error, FourCc, Result, Sample, SampleEntry, Samples, Shape, limits};

/// What a track carries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrackKind {
    /// Pictures.
    Video,
    /// Sound.
    Audio,
    /// Subtitles and captions (`text`, `sbtl`, `subt`, `clcp`).
    Text,
    /// Timed metadata, timecodes, hints and what else cameras write.
    Other,
}

/// One track of a movie.
#[derive(Debug, Clone)]
pub struct Track<'a> {
    /// The track's number in its file, never 0.
    pub id: u32,
    /// What it carries.
    pub kind: TrackKind,
    /// The handler that says so.
    pub handler: FourCc,
    /// Ticks per second, at least 1.
    pub timescale: u32,
    /// Duration of the media in ticks as the header claims it; 0 in fragmented files.
    pub header_duration: u64,
    /// ISO 639-2 code; `und` when there is none.
    pub language: String,
    /// The language as the header packs it.
    pub packed_language: u16,
    /// The track is to be used (header flag 1).
    pub enabled: bool,
    /// The display matrix of the track header.
    pub matrix: [i32; 9],
    /// Display width and height of the track header, 16.16.
    pub display: (u32, u32),
    /// Where it starts, and what its first shown sample is.
    pub edits: Edits,
    /// How its samples are coded.
    pub entries: Vec<SampleEntry<'a>>,
    /// Another track uses it as its chapter list.
    pub is_chapters: bool,
    /// Ticks per second of the movie, in which the edit list tells its delays.
    pub movie_timescale: u32,
    pub(crate) chapter_references: Vec<u32>,
    pub(crate) movie_defaults: Defaults,
    pub(crate) has_fragments: bool,
    tables: Tables<'a>,
    file: &'a [u8],
}

const TKHD: FourCc = FourCc::new(b"tkhd");
const MDHD: FourCc = FourCc::new(b"mdhd");

impl<'a> Track<'a> {
    pub(crate) fn parse(trak: &BoxView<'a>, movie_timescale: u32, file: &'a [u8]) -> Result<Self> {
        let boxes = trak.children();
        let header = TrackHeader::parse(&boxes.require(TKHD)?)?;
        let media = boxes.require(FourCc::new(b"mdia"))?.children();
        let handler = handler(&media)?;
        let (timescale, header_duration, packed_language) = media_header(&media.require(MDHD)?)?;
        let table = media.require(FourCc::new(b"minf"))?.children().require(FourCc::new(b"stbl"))?.children();
        let edit_list = boxes.find(FourCc::new(b"edts")).and_then(|edts| edts.children().find(FourCc::new(b"elst")));
        Ok(Self {
            id: header.id,
            kind: match &handler.0 {
                b"vide" => TrackKind::Video,
                b"soun" => TrackKind::Audio,
                b"text" | b"sbtl" | b"subt" | b"clcp" => TrackKind::Text,
                _ => TrackKind::Other,
            },
            handler,
            timescale,
            header_duration,
            language: language(packed_language),
            packed_language,
            enabled: header.enabled,
            matrix: header.matrix,
            display: header.display,
            edits: edit_list.map_or_else(|| Ok(Edits::default()), |elst| Edits::parse(&elst.complete()?))?,
            entries: SampleEntry::parse_all(&table.require(FourCc::new(b"stsd"))?, handler)?,
            is_chapters: false,
            movie_timescale,
            chapter_references: chapter_references(&boxes),
            movie_defaults: Defaults::default(),
            has_fragments: false,
            tables: Tables::parse(&table)?,
            file,
        })
    }

    /// What to add to a composition time to get the presentation time (edits applied), in ticks of the track.
    pub fn presentation_shift(&self) -> i64 {
        self.presentation_start() - self.edits.media_time
    }

    /// The presentation time before which nothing is shown, in ticks of the track: 0 or, behind an empty edit, later. Samples
    /// that stand before it are there for others to be decoded from.
    pub fn presentation_start(&self) -> i64 {
        i64::try_from(self.nearest_tick(self.edits.start_delay).min(limits::MAX_TIME.into())).unwrap_or(i64::MAX)
    }

    /// The presentation time from which on nothing more is shown, in ticks of the track; `None`: all is.
    pub fn presentation_end(&self) -> Option<i64> {
        let end = self.edits.start_delay.checked_add(self.edits.duration).filter(|_| self.edits.duration > 0)?;
        i64::try_from(self.nearest_tick(end)).ok().filter(|ticks| ticks.unsigned_abs() <= limits::MAX_TIME)
    }

    /// A time of the movie in ticks of the track. The nearest: movie clocks are coarse, and writers round both ways.
    fn nearest_tick(&self, movie_ticks: u64) -> u128 {
        let movie = u128::from(self.movie_timescale.max(1));
        (u128::from(movie_ticks) * u128::from(self.timescale) + movie / 2) / movie
    }

    /// The language is told as ISO 639 has it; the numbers of old Macintosh files are not read.
    pub const fn language_is_iso(&self) -> bool {
        self.packed_language >= ISO_LANGUAGES
    }

    /// Its samples in decode order.
    pub fn samples(&self) -> Samples<'a> {
        let tables = TableCursor::new(self.tables);
        let fragments = FragmentCursor::new(self.file, self.id, self.movie_defaults);
        let source = match (self.has_fragments, self.tables.len()) {
            (false, _) => Source::Tables(tables),
            (true, 0) => Source::Fragments(fragments),
            (true, _) => Source::Both(tables, fragments),
        };
        Samples::new(source, self.file, if self.marks_key_frames() { None } else { RandomAccess::of(&self.entries) })
    }

    /// Its samples in one segment of a file whose init segment this track's header stands in. Offsets count from the segment's
    /// start.
    pub fn segment_samples<'s>(&self, segment: &'s [u8]) -> Samples<'s> {
        Samples::new(Source::Fragments(FragmentCursor::new(segment, self.id, self.movie_defaults)), segment, None)
    }

    /// Samples that the header's tables promise; fragments come on top of them.
    pub const fn table_samples(&self) -> u32 {
        self.tables.len()
    }

    /// Bytes of all samples where one size holds for each (PCM), so that nobody needs to walk millions of them.
    pub fn constant_size_bytes(&self) -> Option<u64> {
        if self.has_fragments { None } else { self.tables.constant_bytes() }
    }

    /// The file says which samples are key frames; without that table, each one counts as such.
    pub fn marks_key_frames(&self) -> bool {
        self.has_fragments || self.tables.has_sync_table()
    }

    /// A decoder forgets all pictures before this key frame, and their order: not so at the key frame of an open group in H.264
    /// and HEVC. Looks into the sample's bytes.
    pub fn begins_sequence(&self, sample: &Sample) -> bool {
        RandomAccess::of(&self.entries).is_none_or(|rule| rule.begins_sequence(sample.bytes(self.file)))
    }

    /// Takes the channel count of MP3 from its first frame: writers put 2 into the entry whatever the sound has.
    pub(crate) fn correct_mp3_channels(&mut self) {
        if self.entries.iter().all(|entry| entry.codec.family != Family::Mp3) {
            return;
        }
        let first = self.samples().next().and_then(Result::ok);
        let channels = first.and_then(|sample| codec::mpeg_audio_channels(sample.bytes(self.file)));
        for entry in self.entries.iter_mut().filter(|entry| entry.codec.family == Family::Mp3) {
            if let (Some(found), Shape::Audio { channels, .. }) = (channels, &mut entry.shape) {
                *channels = found;
            }
        }
    }

    /// Clockwise rotation of the pictures in degrees: 0, 90, 180 or 270; `None` for any other transformation.
    pub const fn rotation(&self) -> Option<u16> {
        const ONE: i32 = 0x1_0000;
        const MINUS: i32 = -0x1_0000;
        let [a, b, _, c, d, ..] = self.matrix;
        match (a, b, c, d) {
            (ONE, 0, 0, ONE) => Some(0),
            (0, ONE, MINUS, 0) => Some(90),
            (MINUS, 0, 0, MINUS) => Some(180),
            (0, MINUS, ONE, 0) => Some(270),
            _ => None,
        }
    }
}

struct TrackHeader {
    id: u32,
    enabled: bool,
    matrix: [i32; 9],
    display: (u32, u32),
}

impl TrackHeader {
    fn parse(tkhd: &BoxView<'_>) -> Result<Self> {
        let mut reader = tkhd.reader();
        let (version, flags) = reader.full_box()?;
        reader.skip(if version == 1 { 16 } else { 8 })?;
        let id = reader.u32()?;
        if id == 0 {
            return Err(Error::Malformed { place: TKHD, reason: "track id 0" });
        }
        reader.skip(4 + if version == 1 { 8 } else { 4 } + 16)?;
        let mut matrix = [0; 9];
        for value in &mut matrix {
            *value = reader.i32()?;
        }
        Ok(Self { id, enabled: flags & 1 != 0, matrix, display: (reader.u32()?, reader.u32()?) })
    }
}

fn handler(media: &Boxes<'_>) -> Result<FourCc> {
    let mut reader = media.require(FourCc::new(b"hdlr"))?.reader();
    reader.skip(8)?;
    reader.four_cc()
}

/// Timescale, duration in ticks, and language as it is packed.
fn media_header(mdhd: &BoxView<'_>) -> Result<(u32, u64, u16)> {
    let mut reader = mdhd.reader();
    let (version, _) = reader.full_box()?;
    reader.skip(if version == 1 { 16 } else { 8 })?;
    let timescale = reader.u32()?;
    if timescale == 0 || timescale > limits::MAX_TIMESCALE {
        return Err(Error::Malformed { place: MDHD, reason: "timescale out of range" });
    }
    let duration = if version == 1 {
        Some(reader.u64()?).filter(|ticks| *ticks != u64::MAX)
    } else {
        Some(reader.u32()?).filter(|ticks| *ticks != u32::MAX).map(u64::from)
    };
    Ok((timescale, duration.unwrap_or(0).min(limits::MAX_TIME), reader.u16()?))
}

/// Below, old `QuickTime` files have Macintosh codes.
const ISO_LANGUAGES: u16 = 0x400;

/// Three letters of five bits each.
fn language(packed: u16) -> String {
    let letters = [packed >> 10, packed >> 5, packed].map(|code| 0x60 + u8::try_from(code & 31).unwrap_or(0));
    let valid = packed >= ISO_LANGUAGES && packed != 0x7fff && letters.iter().all(u8::is_ascii_lowercase);
    if valid { letters.map(char::from).iter().collect() } else { "und".to_owned() }
}

/// The tracks that this one names as its chapter lists (`tref`/`chap`).
fn chapter_references(trak: &Boxes<'_>) -> Vec<u32> {
    let references = trak.find(FourCc::new(b"tref")).and_then(|tref| tref.children().find(FourCc::new(b"chap")));
    let ids = references.map_or(&[][..], |chap| chap.payload.as_chunks::<4>().0);
    ids.iter().take(limits::MAX_TRACKS).map(|id| u32::from_be_bytes(*id)).collect()
}
