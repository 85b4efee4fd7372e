use std::io::{self, Write};

/// Writes bytes as they are or transformed, in runs of a size that stays in a core's cache.
#[derive(Debug)]
pub struct EncryptedWriter<W> {
    to: W,
    buffer: Vec<u8>,
}

/// Bytes written at once, and the most memory that a writer takes.
const CAPACITY: usize = 256 << 10;

/// What transformed runs are cut at: a block of AES and the nine that the `cbcs` pattern leaves clear.
pub(crate) const PERIOD: usize = 160;

impl<W: Write> EncryptedWriter<W> {
    /// A writer with nothing in it.
    pub fn new(to: W) -> Self {
        Self { to, buffer: Vec::with_capacity(CAPACITY) }
    }

    /// Bytes as they are.
    pub fn clear(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.transformed(bytes, |_| {})
    }

    /// Bytes that `transform` changes in place, run by run; each run but the last is a multiple of [`PERIOD`].
    pub(crate) fn transformed(&mut self, mut bytes: &[u8], mut transform: impl FnMut(&mut [u8])) -> io::Result<()> {
        while !bytes.is_empty() {
            let room = CAPACITY - self.buffer.len();
            if room < bytes.len().min(PERIOD) {
                self.flush()?;
                continue;
            }
            let length = if bytes.len() <= room { bytes.len() } else { room - room % PERIOD };
            let (now, later) = bytes.split_at_checked(length).unwrap_or((bytes, &[]));
            let start = self.buffer.len();
            self.buffer.extend_from_slice(now);
            transform(self.buffer.get_mut(start..).unwrap_or_default());
            bytes = later;
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }

    /// Writes what is left.
    pub fn finish(mut self) -> io::Result<()> {
        self.flush()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    #[test]
    fn all_bytes_arrive_in_order_and_runs_are_cut_at_the_period() {
        let bytes: Vec<u8> = (0..3 * CAPACITY + 77).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let (mut out, mut runs) = (Vec::new(), Vec::new());
        let mut writer = EncryptedWriter::new(&mut out);
        writer.clear(&bytes[..100]).unwrap();
        writer.transformed(&bytes[100..], |run| runs.push(run.len())).unwrap();
        writer.clear(&bytes[..CAPACITY]).unwrap();
        writer.finish().unwrap();
        assert_eq!(out, [&bytes[..], &bytes[..CAPACITY]].concat());
        let (_, all_but_last) = runs.split_last().unwrap();
        assert!(runs.len() > 3 && all_but_last.iter().all(|run| run % PERIOD == 0));
    }
}
