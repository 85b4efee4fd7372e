//! The sample tables of a progressive file (ISO/IEC 14496-12 §8.6, §8.7), read in place.

use crate::boxes::Boxes;
use crate::reader::Reader;
use crate::{Error, FourCc, Result, Sample};

/// A table of fixed-size records: a count that was checked against the bytes behind it.
#[derive(Debug, Clone, Copy)]
struct Records<'a, const SIZE: usize> {
    records: &'a [[u8; SIZE]],
}

impl<'a, const SIZE: usize> Records<'a, SIZE> {
    const EMPTY: Self = Self { records: &[] };

    fn read(reader: &mut Reader<'a>, place: FourCc) -> Result<Self> {
        let count = reader.u32()? as usize;
        let length = count.checked_mul(SIZE).ok_or(Error::Truncated { place })?;
        let (records, _) = reader.bytes(length)?.as_chunks::<SIZE>();
        Ok(Self { records })
    }

    fn get(&self, index: usize) -> Option<&'a [u8; SIZE]> {
        self.records.get(index)
    }
}

fn word<const SIZE: usize>(record: &[u8; SIZE], index: usize) -> u32 {
    record.as_chunks::<4>().0.get(index).map_or(0, |bytes| u32::from_be_bytes(*bytes))
}

#[derive(Debug, Clone, Copy)]
enum Sizes<'a> {
    Constant(u32),
    Words(&'a [[u8; 4]]),
    Halves(&'a [[u8; 2]]),
    Bytes(&'a [u8]),
    Nibbles(&'a [u8]),
}

impl Sizes<'_> {
    #[inline]
    fn get(&self, index: usize) -> Option<u32> {
        match self {
            Self::Constant(size) => Some(*size),
            Self::Words(sizes) => sizes.get(index).map(|bytes| u32::from_be_bytes(*bytes)),
            Self::Halves(sizes) => sizes.get(index).map(|bytes| u32::from(u16::from_be_bytes(*bytes))),
            Self::Bytes(sizes) => sizes.get(index).map(|size| u32::from(*size)),
            Self::Nibbles(sizes) => {
                sizes.get(index / 2).map(|pair| u32::from(if index.is_multiple_of(2) { pair >> 4 } else { pair & 15 }))
            }
        }
    }
}

#[derive(Debug, Clone, Copy)]
enum ChunkOffsets<'a> {
    Short(Records<'a, 4>),
    Long(Records<'a, 8>),
}

impl ChunkOffsets<'_> {
    fn get(&self, index: usize) -> Option<u64> {
        match self {
            Self::Short(offsets) => offsets.get(index).map(|record| u64::from(word(record, 0))),
            Self::Long(offsets) => offsets.get(index).map(|record| u64::from_be_bytes(*record)),
        }
    }
}

/// One track's tables. Everything is borrowed; nothing was expanded.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tables<'a> {
    samples: u32,
    sizes: Sizes<'a>,
    durations: Records<'a, 8>,
    composition: Records<'a, 8>,
    chunks: Records<'a, 12>,
    offsets: ChunkOffsets<'a>,
    /// `None`: no table, so every sample is a sync sample.
    sync: Option<Records<'a, 4>>,
}

const STSZ: FourCc = FourCc::new(b"stsz");
const STTS: FourCc = FourCc::new(b"stts");
const STSC: FourCc = FourCc::new(b"stsc");
const STCO: FourCc = FourCc::new(b"stco");

impl<'a> Tables<'a> {
    pub(crate) fn parse(stbl: &Boxes<'a>) -> Result<Self> {
        let (samples, sizes) = read_sizes(stbl)?;
        let table = |kind: FourCc| -> Result<Option<Reader<'a>>> {
            let Some(found) = stbl.find(kind) else { return Ok(None) };
            let mut reader = found.complete()?.reader();
            reader.full_box()?;
            Ok(Some(reader))
        };
        let offsets = match (table(STCO)?, table(FourCc::new(b"co64"))?) {
            (Some(mut reader), _) => ChunkOffsets::Short(Records::read(&mut reader, STCO)?),
            (None, Some(mut reader)) => ChunkOffsets::Long(Records::read(&mut reader, FourCc::new(b"co64"))?),
            (None, None) => ChunkOffsets::Short(Records::EMPTY),
        };
        let tables = Self {
            samples,
            sizes,
            durations: table(STTS)?.map_or(Ok(Records::EMPTY), |mut reader| Records::read(&mut reader, STTS))?,
            composition: table(FourCc::new(b"ctts"))?
                .map_or(Ok(Records::EMPTY), |mut reader| Records::read(&mut reader, FourCc::new(b"ctts")))?,
            chunks: table(STSC)?.map_or(Ok(Records::EMPTY), |mut reader| Records::read(&mut reader, STSC))?,
            offsets,
            sync: table(FourCc::new(b"stss"))?.map(|mut reader| Records::read(&mut reader, FourCc::new(b"stss"))).transpose()?,
        };
        tables.check_chunk_runs()?;
        Ok(tables)
    }

    /// How many samples the tables promise.
    pub(crate) const fn len(&self) -> u32 {
        self.samples
    }

    /// Bytes of all samples, when that needs no walk over them.
    pub(crate) fn constant_bytes(&self) -> Option<u64> {
        match self.sizes {
            Sizes::Constant(size) => Some(u64::from(size) * u64::from(self.samples)),
            _ => None,
        }
    }

    pub(crate) fn has_sync_table(&self) -> bool {
        self.sync.is_some()
    }

    fn check_chunk_runs(&self) -> Result<()> {
        let mut before = 0;
        for record in self.chunks.records {
            let first = word(record, 0);
            if first <= before {
                return Err(Error::Malformed { place: STSC, reason: "first chunk numbers don't rise" });
            }
            if word(record, 1) == 0 {
                return Err(Error::Malformed { place: STSC, reason: "a chunk without samples" });
            }
            before = first;
        }
        if self.chunks.get(0).is_some_and(|record| word(record, 0) != 1) {
            return Err(Error::Malformed { place: STSC, reason: "the first chunk is not 1" });
        }
        Ok(())
    }
}

fn read_sizes<'a>(stbl: &Boxes<'a>) -> Result<(u32, Sizes<'a>)> {
    if let Some(found) = stbl.find(STSZ) {
        let mut reader = found.complete()?.reader();
        reader.full_box()?;
        let constant = reader.u32()?;
        let count = reader.u32()?;
        if constant != 0 {
            return Ok((count, Sizes::Constant(constant)));
        }
        let length = (count as usize).checked_mul(4).ok_or(Error::Truncated { place: STSZ })?;
        return Ok((count, Sizes::Words(reader.bytes(length)?.as_chunks::<4>().0)));
    }
    let place = FourCc::new(b"stz2");
    let Some(found) = stbl.find(place) else { return Ok((0, Sizes::Constant(0))) };
    let mut reader = found.complete()?.reader();
    reader.full_box()?;
    let width = reader.u32()? & 0xff;
    let count = reader.u32()?;
    let samples = count as usize;
    let sizes = match width {
        4 => Sizes::Nibbles(reader.bytes(samples.div_ceil(2))?),
        8 => Sizes::Bytes(reader.bytes(samples)?),
        16 => Sizes::Halves(reader.bytes(samples.checked_mul(2).ok_or(Error::Truncated { place })?)?.as_chunks::<2>().0),
        _ => return Err(Error::Malformed { place, reason: "field size is not 4, 8 or 16" }),
    };
    Ok((count, sizes))
}

/// A position in a run-length table: how many samples the current run still covers, and its value.
#[derive(Debug, Clone, Copy, Default)]
struct Run {
    record: usize,
    left: u32,
    value: u32,
}

impl Run {
    /// The value for the next sample; `None` behind the last run.
    #[inline]
    fn step(&mut self, records: &Records<'_, 8>) -> Option<u32> {
        while self.left == 0 {
            let record = records.get(self.record)?;
            self.record += 1;
            self.left = word(record, 0);
            self.value = word(record, 1);
        }
        self.left -= 1;
        Some(self.value)
    }
}

/// Walks one track's tables in decode order.
#[derive(Debug, Clone)]
pub(crate) struct TableCursor<'a> {
    tables: Tables<'a>,
    sample: u32,
    decode_time: u64,
    duration: Run,
    composition: Run,
    /// Chunks opened so far.
    chunk: u32,
    chunk_run: usize,
    left_in_chunk: u32,
    description: u32,
    offset: u64,
    sync_record: usize,
}

impl<'a> TableCursor<'a> {
    pub(crate) fn new(tables: Tables<'a>) -> Self {
        Self {
            tables,
            sample: 0,
            decode_time: 0,
            duration: Run::default(),
            composition: Run::default(),
            chunk: 0,
            chunk_run: 0,
            left_in_chunk: 0,
            description: 0,
            offset: 0,
            sync_record: 0,
        }
    }

    pub(crate) const fn decode_time(&self) -> u64 {
        self.decode_time
    }

    #[inline]
    pub(crate) fn advance(&mut self) -> Result<Option<Sample>> {
        if self.sample == self.tables.samples {
            return Ok(None);
        }
        if self.left_in_chunk == 0 {
            self.open_chunk()?;
        }
        let size = self.tables.sizes.get(self.sample as usize).ok_or(Error::Truncated { place: STSZ })?;
        let Some(duration) = self.duration.step(&self.tables.durations) else {
            return Err(Error::Malformed { place: STTS, reason: "covers fewer samples than there are" });
        };
        // Version 0 offsets are unsigned by the letter, but QuickTime writes negative ones there; no real one needs bit 31.
        let composition_offset = self.composition.step(&self.tables.composition).unwrap_or(0).cast_signed();
        let sync = self.step_sync();
        let decode_time = i64::try_from(self.decode_time)
            .ok()
            .filter(|time| time.unsigned_abs() <= crate::limits::MAX_TIME)
            .ok_or(Error::Limit { place: STTS, reason: "a decode time" })?;
        let sample =
            Sample { offset: self.offset, size, decode_time, duration, composition_offset, sync, description: self.description };
        self.sample += 1;
        self.left_in_chunk -= 1;
        self.offset = self.offset.saturating_add(u64::from(size));
        self.decode_time = self.decode_time.saturating_add(u64::from(duration));
        Ok(Some(sample))
    }

    fn open_chunk(&mut self) -> Result<()> {
        self.chunk += 1;
        let next_run = self.tables.chunks.get(self.chunk_run);
        if next_run.is_some_and(|record| word(record, 0) == self.chunk) {
            self.chunk_run += 1;
        }
        let run = self.chunk_run.checked_sub(1).and_then(|index| self.tables.chunks.get(index));
        let Some(run) = run else {
            return Err(Error::Malformed { place: STSC, reason: "the box is empty" });
        };
        self.left_in_chunk = word(run, 1);
        self.description = word(run, 2).saturating_sub(1);
        self.offset = self
            .tables
            .offsets
            .get(self.chunk as usize - 1)
            .ok_or(Error::Malformed { place: STCO, reason: "fewer chunks than the samples need" })?;
        Ok(())
    }

    #[inline]
    fn step_sync(&mut self) -> bool {
        let Some(sync) = &self.tables.sync else { return true };
        let number = self.sample + 1;
        while let Some(record) = sync.get(self.sync_record) {
            let listed = word(record, 0);
            if listed > number {
                return false;
            }
            self.sync_record += 1;
            if listed == number {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests;
