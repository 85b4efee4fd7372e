use super::BoxWriter;
use crate::TrackKind;

/// What an init segment says about its one track.
#[derive(Debug, Clone)]
pub struct InitTrack<'a> {
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
    /// Ticks to skip at the start (audio priming, pictures before the edit); 0 writes no edit list.
    pub skip: u64,
}

/// The id of the one track in each of our files.
pub(super) const TRACK_ID: u32 = 1;

/// Writes `ftyp` and `moov` of a CMAF track file (ISO/IEC 23000-19 §7.3).
pub fn write_init(track: &InitTrack<'_>) -> Vec<u8> {
    let mut writer = BoxWriter::default();
    writer.nest(b"ftyp", |ftyp| {
        ftyp.raw(b"iso6");
        ftyp.u32(0);
        // cmf2: composition offsets may be negative (trun version 1), so that decode times start at zero.
        for brand in [b"iso6", b"cmfc", b"cmf2", b"dash"] {
            ftyp.raw(brand);
        }
    });
    writer.nest(b"moov", |moov| {
        write_movie_header(moov, track.timescale);
        moov.nest(b"trak", |writer| write_track(writer, track));
        moov.nest(b"mvex", |mvex| {
            mvex.nest_full(b"trex", 0, 0, |trex| {
                trex.u32(TRACK_ID);
                trex.u32(1);
                trex.zeros(12);
            });
        });
    });
    writer.finish()
}

fn write_movie_header(moov: &mut BoxWriter, timescale: u32) {
    moov.nest_full(b"mvhd", 0, 0, |mvhd| {
        mvhd.zeros(8);
        mvhd.u32(timescale);
        mvhd.u32(0);
        mvhd.u32(0x0001_0000);
        mvhd.u16(0x0100);
        mvhd.zeros(10);
        write_identity(mvhd);
        mvhd.zeros(24);
        mvhd.u32(TRACK_ID + 1);
    });
}

fn write_identity(writer: &mut BoxWriter) {
    for value in [0x0001_0000, 0, 0, 0, 0x0001_0000, 0, 0, 0, 0x4000_0000] {
        writer.u32(value);
    }
}

fn write_track(writer: &mut BoxWriter, track: &InitTrack<'_>) {
    let video = track.kind == TrackKind::Video;
    writer.nest_full(b"tkhd", 0, 3, |tkhd| {
        tkhd.zeros(8);
        tkhd.u32(TRACK_ID);
        tkhd.zeros(4 + 4 + 8 + 2 + 2);
        tkhd.u16(if video { 0 } else { 0x0100 });
        tkhd.zeros(2);
        for value in track.matrix {
            tkhd.i32(value);
        }
        tkhd.u32(if video { track.display.0 } else { 0 });
        tkhd.u32(if video { track.display.1 } else { 0 });
    });
    if track.skip > 0 {
        writer.nest(b"edts", |edts| {
            edts.nest_full(b"elst", 1, 0, |elst| {
                elst.u32(1);
                // Duration 0: in a fragmented file the edit holds for all that follows.
                elst.u64(0);
                elst.u64(track.skip);
                elst.u32(0x0001_0000);
            });
        });
    }
    writer.nest(b"mdia", |mdia| {
        mdia.nest_full(b"mdhd", 0, 0, |mdhd| {
            mdhd.zeros(8);
            mdhd.u32(track.timescale);
            mdhd.u32(0);
            mdhd.u16(packed_language(track.language));
            mdhd.u16(0);
        });
        mdia.nest_full(b"hdlr", 0, 0, |hdlr| {
            hdlr.u32(0);
            hdlr.raw(if video { b"vide" } else { b"soun" });
            hdlr.zeros(12 + 1);
        });
        mdia.nest(b"minf", |minf| write_media_information(minf, track, video));
    });
}

fn write_media_information(minf: &mut BoxWriter, track: &InitTrack<'_>, video: bool) {
    if video {
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
        for empty in [b"stts", b"stsc", b"stco"] {
            stbl.nest_full(empty, 0, 0, |table| table.u32(0));
        }
        stbl.nest_full(b"stsz", 0, 0, |stsz| stsz.zeros(8));
    });
}

/// Three letters in 5 bits each (ISO/IEC 14496-12 §8.4.2); anything else is `und`.
fn packed_language(language: &str) -> u16 {
    let letters: &[u8; 3] = language.as_bytes().try_into().unwrap_or(b"und");
    letters.iter().fold(0, |packed, letter| (packed << 5) | u16::from(letter.wrapping_sub(0x60) & 31))
}
