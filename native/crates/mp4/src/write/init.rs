use super::BoxWriter;
use super::protection::write_key_box;
use super::track::{EditEntry, OutputTrack, TrackPlace, write_movie_header, write_track};
use crate::Bytes16;

/// The id of the one track in each of our fragmented files.
pub(super) const TRACK_ID: u32 = 1;

/// What a track's file hides at its start (audio priming, pictures before the edit), in ticks of the track.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// Nothing is hidden: no edit list.
    Whole,
    /// Times in the file lie so far behind: what comes before is hidden, and this is time 0.
    Skips(u64),
    /// Times in the file are presentation times, and nothing is shown before this one.
    Late(u64),
}

/// Writes `ftyp` and `moov` of a CMAF track file (ISO/IEC 23000-19 §7.3). `key_id` is that of an encrypted track.
pub fn write_init(track: &OutputTrack<'_>, start: Start, key_id: Option<Bytes16>) -> Vec<u8> {
    let mut writer = BoxWriter::default();
    writer.nest(b"ftyp", |ftyp| {
        ftyp.raw(b"iso6");
        ftyp.u32(0);
        // cmf2: composition offsets may be negative (trun version 1), so that decode times start at zero.
        for brand in [b"iso6", b"cmfc", b"cmf2", b"dash"] {
            ftyp.raw(brand);
        }
    });
    // Duration 0: in a fragmented file the edit holds for all that follows. The movie's ticks are the track's.
    let from = |ticks: u64| EditEntry { duration: 0, media_time: ticks.cast_signed() };
    let edits = match start {
        Start::Whole => vec![],
        Start::Skips(ticks) => vec![from(ticks)],
        Start::Late(ticks) => vec![EditEntry { duration: ticks, media_time: -1 }, from(ticks)],
    };
    writer.nest(b"moov", |moov| {
        write_movie_header(moov, track.timescale, 0, TRACK_ID + 1);
        write_track(moov, track, TrackPlace { id: TRACK_ID, edits: &edits, ..TrackPlace::default() }, |stbl| {
            for empty in [b"stts", b"stsc", b"stco"] {
                stbl.nest_full(empty, 0, 0, |table| table.u32(0));
            }
            stbl.nest_full(b"stsz", 0, 0, |stsz| stsz.zeros(8));
        });
        moov.nest(b"mvex", |mvex| {
            mvex.nest_full(b"trex", 0, 0, |trex| {
                trex.u32(TRACK_ID);
                trex.u32(1);
                trex.zeros(12);
            });
        });
        if let Some(key_id) = key_id {
            write_key_box(moov, key_id);
        }
    });
    writer.finish()
}
