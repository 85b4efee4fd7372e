use std::fs::File;
use std::io::{Error as IoError, ErrorKind, IoSlice};
use std::ops::Range;

use reelway_output::{Progress, slice_of, write_gathered};

/// A file ready to be written: its header, which bytes of the source follow it, and what it will hold.
#[derive(Debug)]
pub struct Extract<R> {
    pub(crate) header: Vec<u8>,
    pub(crate) runs: Vec<Range<u64>>,
    pub(crate) report: R,
}

impl<R> Extract<R> {
    /// What it holds.
    pub const fn report(&self) -> &R {
        &self.report
    }

    /// The bytes of the source that follow the header, in order.
    pub fn runs(&self) -> &[Range<u64>] {
        &self.runs
    }

    /// Bytes of the file that will be written.
    pub fn bytes(&self) -> u64 {
        self.header.len() as u64 + bytes_of(&self.runs)
    }

    /// What stands before the media.
    pub fn header(&self) -> &[u8] {
        &self.header
    }

    /// Writes it from a mapped source; `progress` is told of all bytes of the result.
    pub fn write_to(&self, file: &mut File, source: &[u8], progress: Progress<'_>) -> std::io::Result<()> {
        let media = self.runs.iter().map(|run| slice_of(source, run.start, run.end - run.start));
        let slices = std::iter::once(Some(&*self.header)).chain(media).map(|slice| slice.map(IoSlice::new));
        let mut slices = slices
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| IoError::new(ErrorKind::UnexpectedEof, "the source is shorter than its tables say"))?;
        write_gathered(file, &mut slices, progress)
    }
}

pub(crate) fn bytes_of(runs: &[Range<u64>]) -> u64 {
    runs.iter().map(|run| run.end - run.start).sum()
}
