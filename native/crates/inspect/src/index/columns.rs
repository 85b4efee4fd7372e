//! A track's samples in packed columns: LEB128 numbers in base64, runs where values repeat.

use reelway_mp4::{Error, FourCc, Result, Sample};
use serde::{Deserialize, Serialize};

use super::base64;

/// The packed samples of a track.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Columns {
    /// Samples.
    pub count: u64,
    /// Decode time of the first one.
    pub first_decode_time: i64,
    /// Size of each sample.
    sizes: String,
    /// Runs of samples that follow each other in the file: (samples, bytes skipped before the run, zigzag).
    runs: String,
    /// Runs of equal durations: (samples, ticks).
    durations: String,
    /// Runs of equal gaps between one sample's end and the next one's decode time: (samples, zigzag ticks).
    gaps: String,
    /// Runs of equal composition offsets: (samples, zigzag ticks).
    composition_offsets: String,
    /// Sync samples: the distance of each from the one before; empty says that all are, a first one behind the end that none is.
    sync: String,
}

#[derive(Debug, Default)]
struct Runs {
    bytes: Vec<u8>,
    open: Option<(u64, u64)>,
}

impl Runs {
    fn add(&mut self, value: u64) {
        match &mut self.open {
            Some((count, open)) if *open == value => *count += 1,
            _ => {
                self.close();
                self.open = Some((1, value));
            }
        }
    }

    fn close(&mut self) {
        if let Some((count, value)) = self.open.take() {
            put(&mut self.bytes, count);
            put(&mut self.bytes, value);
        }
    }

    fn finish(mut self) -> String {
        self.close();
        base64::encode(&self.bytes)
    }
}

fn put(bytes: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push((value & 0x7f) as u8);
}

const fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)).cast_unsigned()
}

const fn unzigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -((value & 1).cast_signed())
}

/// Packs samples one by one.
#[derive(Debug, Default)]
pub(super) struct Packer {
    count: u64,
    first_decode_time: i64,
    sizes: Vec<u8>,
    runs: Vec<u8>,
    run_length: u64,
    run_skip: i64,
    durations: Runs,
    gaps: Runs,
    composition_offsets: Runs,
    sync: Vec<u8>,
    all_sync: bool,
    last_sync: u64,
    next_offset: u64,
    next_decode_time: i64,
}

impl Packer {
    pub(super) fn add(&mut self, sample: &Sample) -> Result<()> {
        if self.count == 0 {
            self.first_decode_time = sample.decode_time;
            self.next_decode_time = sample.decode_time;
            self.all_sync = true;
        }
        if self.count == 0 || sample.offset != self.next_offset {
            self.close_run();
            self.run_skip = i64::try_from(i128::from(sample.offset) - i128::from(self.next_offset))
                .map_err(|_| Error::Limit { place: FourCc::new(b"mdat"), reason: "an offset" })?;
        }
        self.run_length += 1;
        put(&mut self.sizes, u64::from(sample.size));
        self.durations.add(u64::from(sample.duration));
        self.gaps.add(zigzag(sample.decode_time - self.next_decode_time));
        self.composition_offsets.add(zigzag(i64::from(sample.composition_offset)));
        self.all_sync &= sample.sync;
        if sample.sync {
            put(&mut self.sync, self.count - self.last_sync);
            self.last_sync = self.count;
        }
        self.next_offset = sample.offset + u64::from(sample.size);
        self.next_decode_time = sample.decode_time + i64::from(sample.duration);
        self.count += 1;
        Ok(())
    }

    fn close_run(&mut self) {
        if self.run_length > 0 {
            put(&mut self.runs, self.run_length);
            put(&mut self.runs, zigzag(self.run_skip));
            self.run_length = 0;
        }
    }

    pub(super) fn finish(mut self) -> Columns {
        self.close_run();
        if self.sync.is_empty() {
            put(&mut self.sync, self.count);
        }
        Columns {
            count: self.count,
            first_decode_time: self.first_decode_time,
            sizes: base64::encode(&self.sizes),
            runs: base64::encode(&self.runs),
            durations: self.durations.finish(),
            gaps: self.gaps.finish(),
            composition_offsets: self.composition_offsets.finish(),
            sync: if self.all_sync { String::new() } else { base64::encode(&self.sync) },
        }
    }
}

/// A column being read.
struct Column {
    bytes: Vec<u8>,
    position: usize,
    left: u64,
    value: u64,
}

impl Column {
    fn open(text: &str) -> Option<Self> {
        Some(Self { bytes: base64::decode(text)?, position: 0, left: 0, value: 0 })
    }

    fn number(&mut self) -> Option<u64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = *self.bytes.get(self.position)?;
            self.position += 1;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some(value);
            }
        }
        None
    }

    /// The value for the next sample of a run-length column, and whether a run begins with it.
    fn step(&mut self) -> Option<(u64, bool)> {
        let begins = self.left == 0;
        if begins {
            self.left = self.number().filter(|left| *left > 0)?;
            self.value = self.number()?;
        }
        self.left -= 1;
        Some((self.value, begins))
    }
}

/// Walks the packed samples.
struct Unpacker {
    left: u64,
    number: u64,
    sizes: Column,
    runs: Column,
    durations: Column,
    gaps: Column,
    composition_offsets: Column,
    sync: Option<(Column, Option<u64>)>,
    next_offset: u64,
    next_decode_time: i64,
}

impl Columns {
    pub(super) fn unpack(&self) -> impl Iterator<Item = Result<Sample>> + use<> {
        let damaged = Error::Malformed { place: FourCc::new(b"indx"), reason: "a column does not hold the samples it should" };
        let mut unpacker = Unpacker::open(self);
        let mut failed = unpacker.is_none();
        let mut report_opening = failed;
        std::iter::from_fn(move || {
            if std::mem::take(&mut report_opening) {
                return Some(Err(damaged.clone()));
            }
            let unpacker = unpacker.as_mut().filter(|unpacker| !failed && unpacker.left > 0)?;
            let sample = unpacker.step().ok_or_else(|| damaged.clone());
            failed = sample.is_err();
            Some(sample)
        })
    }
}

impl Unpacker {
    fn open(columns: &Columns) -> Option<Self> {
        let sync = if columns.sync.is_empty() {
            None
        } else {
            let mut column = Column::open(&columns.sync)?;
            let first = column.number();
            Some((column, first))
        };
        Some(Self {
            left: columns.count,
            number: 0,
            sizes: Column::open(&columns.sizes)?,
            runs: Column::open(&columns.runs)?,
            durations: Column::open(&columns.durations)?,
            gaps: Column::open(&columns.gaps)?,
            composition_offsets: Column::open(&columns.composition_offsets)?,
            sync,
            next_offset: 0,
            next_decode_time: columns.first_decode_time,
        })
    }

    fn step(&mut self) -> Option<Sample> {
        let size = u32::try_from(self.sizes.number()?).ok()?;
        let (skip, begins) = self.runs.step()?;
        if begins {
            self.next_offset = self.next_offset.checked_add_signed(unzigzag(skip))?;
        }
        let duration = u32::try_from(self.durations.step()?.0).ok()?;
        let decode_time = self.next_decode_time.checked_add(unzigzag(self.gaps.step()?.0))?;
        let composition_offset = i32::try_from(unzigzag(self.composition_offsets.step()?.0)).ok()?;
        let sample = Sample {
            offset: self.next_offset,
            size,
            decode_time,
            duration,
            composition_offset,
            sync: self.step_sync(),
            description: 0,
        };
        self.next_offset = self.next_offset.checked_add(u64::from(size))?;
        self.next_decode_time = decode_time.checked_add(i64::from(duration))?;
        self.number += 1;
        self.left -= 1;
        Some(sample)
    }

    fn step_sync(&mut self) -> bool {
        let Some((column, next)) = &mut self.sync else { return true };
        if *next != Some(self.number) {
            return false;
        }
        *next = column.number().and_then(|distance| self.number.checked_add(distance));
        true
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn which_samples_are_key_frames_survives_packing() {
        for key_frames in [vec![], vec![0], vec![2], vec![0, 3], vec![0, 1, 2, 3]] {
            let mut packer = Packer::default();
            for number in 0..4i64 {
                let sync = key_frames.contains(&number);
                let offset = number.unsigned_abs() * 10;
                let sample =
                    Sample { offset, size: 10, decode_time: number, duration: 1, composition_offset: 0, sync, description: 0 };
                packer.add(&sample).unwrap();
            }
            let samples = packer.finish().unpack().map(Result::unwrap);
            let found: Vec<i64> = samples.filter(|sample| sample.sync).map(|sample| sample.decode_time).collect();
            assert_eq!(found, key_frames);
        }
    }
}
