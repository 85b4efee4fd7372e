use super::BoxWriter;
use crate::{Track, TrackKind};

/// A track as a file that is written describes it.
#[derive(Debug, Clone)]
pub struct OutputTrack<'a> {
    /// Video or audio.
    pub kind: TrackKind,
    /// Ticks per second.
    pub timescale: u32,
    /// ISO 639-2 code, three lower-case letters.
    pub language: &'a str,
    /// Display matrix.
    pub matrix: [i32; 9],
    /// Display size, 16.16.
    pub display: (u32, u32),
    /// The sample entry, byte for byte.
    pub entry: &'a [u8],
}

impl<'a> OutputTrack<'a> {
    /// As a track that was read says of itself, with this sample entry.
    #[must_use]
    pub fn of(track: &'a Track<'_>, entry: &'a [u8]) -> Self {
        Self {
            kind: track.kind,
            timescale: track.timescale,
            language: &track.language,
            matrix: track.matrix,
            display: track.display,
            entry,
        }
    }
}

/// One entry of an edit list (ISO/IEC 14496-12 §8.6.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct EditEntry {
    /// Ticks of the movie.
    pub(super) duration: u64,
    /// Ticks of the track; -1 shows nothing for the duration.
    pub(super) media_time: i64,
}

/// Which of several tracks of one kind plays (ISO/IEC 14496-12 §8.3.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Choice {
    /// There is no other one of its kind.
    #[default]
    Alone,
    /// It plays unless another one of the group is chosen.
    FirstOf(u16),
    /// It plays when it is chosen.
    OtherOf(u16),
}

impl Choice {
    /// The number of the group of tracks of which one plays; 0: of none.
    const fn group(self) -> u16 {
        match self {
            Self::Alone => 0,
            Self::FirstOf(group) | Self::OtherOf(group) => group,
        }
    }

    /// The flags of the track's header: in the movie, and enabled where it plays by itself.
    const fn flags(self) -> u32 {
        if matches!(self, Self::OtherOf(_)) { 2 } else { 3 }
    }
}

/// What differs between the two kinds of file: where the track stands, and how long it is.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct TrackPlace<'a> {
    pub(super) choice: Choice,
    pub(super) id: u32,
    /// Ticks of the movie; 0 in a fragmented file.
    pub(super) duration: u64,
    /// Ticks of the track; 0 in a fragmented file.
    pub(super) media_duration: u64,
    pub(super) edits: &'a [EditEntry],
}

/// Writes `mvhd` for a movie of so many ticks, whose next free track id is given.
pub(super) fn write_movie_header(moov: &mut BoxWriter, timescale: u32, duration: u64, next_track_id: u32) {
    write_timed(moov, *b"mvhd", 0, duration, |mvhd, time| {
        mvhd.u32(timescale);
        mvhd.ticks(time, duration);
        mvhd.u32(0x0001_0000);
        mvhd.u16(0x0100);
        mvhd.zeros(10);
        for value in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] {
            mvhd.u32(value);
        }
        mvhd.zeros(24);
        mvhd.u32(next_track_id);
    });
}

/// Writes `trak`; `tables` fills `stbl` behind `stsd`.
pub(super) fn write_track(
    writer: &mut BoxWriter,
    track: &OutputTrack<'_>,
    place: TrackPlace<'_>,
    tables: impl FnOnce(&mut BoxWriter),
) {
    writer.nest(b"trak", |trak| {
        write_track_header(trak, track, place);
        if !place.edits.is_empty() {
            trak.nest(b"edts", |edts| write_edit_list(edts, place.edits));
        }
        trak.nest(b"mdia", |mdia| {
            write_timed(mdia, *b"mdhd", 0, place.media_duration, |mdhd, time| {
                mdhd.u32(track.timescale);
                mdhd.ticks(time, place.media_duration);
                mdhd.u16(packed_language(track.language));
                mdhd.u16(0);
            });
            mdia.nest_full(b"hdlr", 0, 0, |hdlr| {
                hdlr.u32(0);
                hdlr.raw(if track.kind == TrackKind::Video { b"vide" } else { b"soun" });
                hdlr.zeros(12 + 1);
            });
            mdia.nest(b"minf", |minf| write_media_information(minf, track, tables));
        });
    });
}

fn write_track_header(parent: &mut BoxWriter, track: &OutputTrack<'_>, place: TrackPlace<'_>) {
    let video = track.kind == TrackKind::Video;
    write_timed(parent, *b"tkhd", place.choice.flags(), place.duration, |tkhd, time| {
        tkhd.u32(place.id);
        tkhd.zeros(4);
        tkhd.ticks(time, place.duration);
        tkhd.zeros(8 + 2);
        tkhd.u16(place.choice.group());
        tkhd.u16(if video { 0 } else { 0x0100 });
        tkhd.zeros(2);
        for value in track.matrix {
            tkhd.i32(value);
        }
        tkhd.u32(if video { track.display.0 } else { 0 });
        tkhd.u32(if video { track.display.1 } else { 0 });
    });
}

fn write_edit_list(parent: &mut BoxWriter, edits: &[EditEntry]) {
    parent.nest_full(b"elst", 1, 0, |elst| {
        elst.u32(u32::try_from(edits.len()).unwrap_or(u32::MAX));
        for edit in edits {
            elst.u64(edit.duration);
            elst.u64(edit.media_time.cast_unsigned());
            elst.u32(0x0001_0000);
        }
    });
}

fn write_media_information(minf: &mut BoxWriter, track: &OutputTrack<'_>, tables: impl FnOnce(&mut BoxWriter)) {
    if track.kind == TrackKind::Video {
        minf.nest_full(b"vmhd", 0, 1, |vmhd| vmhd.zeros(8));
    } else {
        minf.nest_full(b"smhd", 0, 0, |smhd| smhd.zeros(4));
    }
    minf.nest(b"dinf", |dinf| {
        dinf.nest_full(b"dref", 0, 0, |dref| {
            dref.u32(1);
            dref.nest_full(b"url ", 0, 1, |_| {});
        });
    });
    minf.nest(b"stbl", |stbl| {
        stbl.nest_full(b"stsd", 0, 0, |stsd| {
            stsd.u32(1);
            stsd.raw(track.entry);
        });
        tables(stbl);
    });
}

/// The width of a header's time fields: 32 bits in version 0, 64 in version 1.
#[derive(Debug, Clone, Copy)]
enum TimeWidth {
    Short,
    Long,
}

/// Writes a full box that begins with creation and modification times (0), as wide as its duration needs.
fn write_timed(
    writer: &mut BoxWriter,
    kind: [u8; 4],
    flags: u32,
    duration: u64,
    content: impl FnOnce(&mut BoxWriter, TimeWidth),
) {
    let (version, width) = if u32::try_from(duration).is_ok() { (0, TimeWidth::Short) } else { (1, TimeWidth::Long) };
    writer.nest_full(&kind, version, flags, |full| {
        full.ticks(width, 0);
        full.ticks(width, 0);
        content(full, width);
    });
}

impl BoxWriter {
    fn ticks(&mut self, width: TimeWidth, value: u64) {
        match width {
            TimeWidth::Short => self.u32(u32::try_from(value).unwrap_or(u32::MAX)),
            TimeWidth::Long => self.u64(value),
        }
    }
}

/// Three letters in 5 bits each (ISO/IEC 14496-12 §8.4.2); anything else is `und`.
fn packed_language(language: &str) -> u16 {
    let letters: &[u8; 3] = language.as_bytes().try_into().unwrap_or(b"und");
    letters.iter().fold(0, |packed, letter| (packed << 5) | u16::from(letter.wrapping_sub(0x60) & 31))
}
