use super::BoxWriter;
use super::init::TRACK_ID;

/// One segment in a `sidx`.
#[derive(Debug, Clone, Copy)]
pub struct SegmentReference {
    /// Bytes of the segment, from its `moof` on.
    pub size: u32,
    /// Ticks.
    pub duration: u32,
    /// It starts with a sync sample that no later sample is shown before.
    pub closed: bool,
}

/// Bytes of a `sidx` with so many references.
pub const fn segment_index_length(references: usize) -> usize {
    8 + 4 + 4 + 4 + 8 + 8 + 4 + 12 * references
}

/// Writes a `sidx` (ISO/IEC 14496-12 §8.16.3) that stands right before its first segment.
pub fn write_segment_index(writer: &mut BoxWriter, timescale: u32, earliest_time: u64, references: &[SegmentReference]) {
    writer.nest_full(b"sidx", 1, 0, |sidx| {
        sidx.u32(TRACK_ID);
        sidx.u32(timescale);
        sidx.u64(earliest_time);
        sidx.u64(0);
        sidx.u16(0);
        sidx.u16(u16::try_from(references.len()).unwrap_or(u16::MAX));
        for reference in references {
            sidx.u32(reference.size & 0x7fff_ffff);
            sidx.u32(reference.duration);
            // starts_with_SAP, and its type: 1 is a closed start, 3 an open one.
            sidx.u32(if reference.closed { 0x9000_0000 } else { 0xb000_0000 });
        }
    });
}
