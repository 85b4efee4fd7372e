#![allow(clippy::unwrap_used)]

use super::*;
use crate::write::BoxWriter;

/// A sample table of three samples in two chunks, with sizes written by `sizes` and offsets by `offsets`.
fn table(sizes: impl FnOnce(&mut BoxWriter), offsets: impl FnOnce(&mut BoxWriter)) -> Vec<u8> {
    let mut writer = BoxWriter::default();
    writer.nest_full(b"stts", 0, 0, |stts| [2, 2, 10, 1, 7].into_iter().for_each(|word| stts.u32(word)));
    writer.nest_full(b"ctts", 1, 0, |ctts| {
        ctts.u32(2);
        ctts.u32(1);
        ctts.i32(-5);
        ctts.u32(2);
        ctts.i32(20);
    });
    writer.nest_full(b"stsc", 0, 0, |stsc| [2, 1, 2, 1, 2, 1, 1].into_iter().for_each(|word| stsc.u32(word)));
    writer.nest_full(b"stss", 0, 0, |stss| [2, 1, 3].into_iter().for_each(|word| stss.u32(word)));
    sizes(&mut writer);
    offsets(&mut writer);
    writer.finish()
}

fn short_sizes(writer: &mut BoxWriter) {
    writer.nest_full(b"stsz", 0, 0, |stsz| [0, 3, 4, 5, 6].into_iter().for_each(|word| stsz.u32(word)));
}

fn short_offsets(writer: &mut BoxWriter) {
    writer.nest_full(b"stco", 0, 0, |stco| [2, 100, 200].into_iter().for_each(|word| stco.u32(word)));
}

fn walk(table: &[u8]) -> Result<Vec<Sample>> {
    let mut cursor = TableCursor::new(Tables::parse(&Boxes::new(table))?);
    std::iter::from_fn(|| cursor.advance().transpose()).collect()
}

fn sample(offset: u64, size: u32, decode_time: i64, duration: u32, composition_offset: i32, sync: bool) -> Sample {
    Sample { offset, size, decode_time, duration, composition_offset, sync, description: 0 }
}

#[test]
fn expands_chunks_runs_and_signed_offsets() {
    let expected = [sample(100, 4, 0, 10, -5, true), sample(104, 5, 10, 10, 20, false), sample(200, 6, 20, 7, 20, true)];
    assert_eq!(walk(&table(short_sizes, short_offsets)).unwrap(), expected);
}

#[test]
fn reads_offsets_beyond_four_gigabytes() {
    let samples = walk(&table(short_sizes, |writer| {
        writer.nest_full(b"co64", 0, 0, |co64| {
            co64.u32(2);
            co64.u64(1 << 40);
            co64.u64(1 << 41);
        });
    }));
    assert_eq!(samples.unwrap().iter().map(|sample| sample.offset).collect::<Vec<_>>(), [1 << 40, (1 << 40) + 4, 1 << 41]);
}

#[test]
fn reads_compact_sizes_of_every_width() {
    for (width, packed) in [(4, &[0x45, 0x60][..]), (8, &[4, 5, 6]), (16, &[0, 4, 0, 5, 0, 6])] {
        let samples = walk(&table(
            |writer| {
                writer.nest_full(b"stz2", 0, 0, |stz2| {
                    stz2.u32(width);
                    stz2.u32(3);
                    stz2.raw(packed);
                });
            },
            short_offsets,
        ));
        assert_eq!(samples.unwrap().iter().map(|sample| sample.size).collect::<Vec<_>>(), [4, 5, 6], "width {width}");
    }
}

#[test]
fn refuses_counts_that_the_bytes_do_not_back() {
    let promise = |kind: &'static [u8; 4]| {
        let mut writer = BoxWriter::default();
        writer.nest_full(kind, 0, 0, |table| [u32::MAX, 1, 1].into_iter().for_each(|word| table.u32(word)));
        Tables::parse(&Boxes::new(&writer.finish())).unwrap_err()
    };
    assert_eq!(promise(b"stts"), Error::Truncated { place: STTS });
    assert_eq!(promise(b"stco"), Error::Truncated { place: STCO });
    assert_eq!(promise(b"stsc"), Error::Truncated { place: STSC });
}

#[test]
fn refuses_samples_without_a_chunk_or_a_duration() {
    let one_chunk =
        |writer: &mut BoxWriter| writer.nest_full(b"stco", 0, 0, |stco| [1, 100].into_iter().for_each(|word| stco.u32(word)));
    assert!(matches!(walk(&table(short_sizes, one_chunk)), Err(Error::Malformed { place: STCO, .. })));
    let four = |writer: &mut BoxWriter| {
        writer.nest_full(b"stsz", 0, 0, |stsz| [0, 4, 4, 5, 6, 7].into_iter().for_each(|word| stsz.u32(word)));
    };
    let three_chunks = |writer: &mut BoxWriter| {
        writer.nest_full(b"stco", 0, 0, |stco| [3, 100, 200, 300].into_iter().for_each(|word| stco.u32(word)));
    };
    assert!(matches!(walk(&table(four, three_chunks)), Err(Error::Malformed { place: STTS, .. })));
}
