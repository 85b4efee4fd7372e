use std::fs::File;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use reelway_http::{Answer, Client, Error as HttpError, Extent, Identity, Source, backoff_delay};
use reelway_mapped_file::MappedFile;

use crate::{Error, Result, limits};

/// A file at a URL, of which parts have been read.
#[derive(Debug)]
pub struct RemoteFile<'c> {
    client: &'c Client,
    source: &'c Source,
    identity: Identity,
    length: u64,
    /// As long as the source, with holes.
    file: File,
    /// What is not a hole, in order.
    loaded: Vec<Range<u64>>,
    requests: AtomicU64,
    bytes: AtomicU64,
}

/// What reading cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Traffic {
    /// Requests sent, those that failed included.
    pub requests: u64,
    /// Bytes of the file that came.
    pub bytes: u64,
    /// Bytes that the file has.
    pub length: u64,
}

impl<'c> RemoteFile<'c> {
    /// Asks for the beginning, and learns what the source is. Servers that don't serve ranges are refused.
    pub fn open(client: &'c Client, source: &'c Source) -> Result<Self> {
        let mut remote = Self {
            client,
            source,
            identity: Identity { length: None, etag: None, last_modified: None },
            length: 0,
            file: tempfile::tempfile()?,
            loaded: Vec::new(),
            requests: AtomicU64::new(0),
            bytes: AtomicU64::new(0),
        };
        let mut answer = remote.ask(0, limits::HEAD, None)?;
        match (&answer.extent, answer.identity.length) {
            (Extent::Part(range), Some(length)) => {
                let range = range.clone();
                remote.identity = answer.identity.clone();
                remote.length = length;
                remote.file.set_len(length)?;
                remote.store(&range, &mut answer)?;
                remote.loaded.push(range);
                Ok(remote)
            }
            (Extent::Part(_), None) => Err(HttpError::Protocol("the server does not say how long the source is").into()),
            (Extent::Whole(_), _) => Err(Error::Refused("the server does not serve ranges: fetch the file first")),
        }
    }

    /// Bytes that the file has.
    pub const fn len(&self) -> u64 {
        self.length
    }

    /// The file has no bytes.
    pub const fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Makes sure that these bytes are there; what lies behind the end is left out.
    pub fn load(&mut self, range: Range<u64>) -> Result<()> {
        self.load_all(std::slice::from_ref(&range))
    }

    /// Makes sure that all these bytes are there, over several connections where there are many.
    pub fn load_all(&mut self, ranges: &[Range<u64>]) -> Result<()> {
        self.load_watched(ranges, &|_, _| {})
    }

    /// The same for who waits: `progress` is told after each answer, from several threads, of bytes that came and bytes in all.
    pub fn load_watched(&mut self, ranges: &[Range<u64>], progress: &(dyn Fn(u64, u64) + Sync)) -> Result<()> {
        let wanted: Vec<Range<u64>> = ranges.iter().flat_map(|range| self.holes(range)).collect();
        let pieces: Vec<Range<u64>> = wanted.iter().flat_map(pieces).collect();
        let (came, total) = (AtomicU64::new(0), wanted.iter().map(|range| range.end - range.start).sum());
        let came = |bytes| progress(came.fetch_add(bytes, Ordering::Relaxed) + bytes, total);
        let threads = pieces.len().min(limits::CONNECTIONS);
        if threads <= 1 {
            pieces.iter().try_for_each(|piece| self.fill(piece, &came))?;
        } else {
            let shared = &*self;
            let next = Mutex::new(pieces.iter());
            let work = || -> Result<()> {
                loop {
                    let piece = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some(piece) = piece else { return Ok(()) };
                    shared.fill(piece, &came).inspect_err(|_| {
                        // One failure is enough: the others need not begin another piece.
                        next.lock().unwrap_or_else(PoisonError::into_inner).by_ref().for_each(drop);
                    })?;
                }
            };
            std::thread::scope(|scope| {
                let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
                let mut ended = workers.into_iter().map(std::thread::ScopedJoinHandle::join);
                ended.try_for_each(|end| end.unwrap_or(Err(Error::Refused("a reading thread has died"))))
            })?;
        }
        self.loaded.extend(wanted);
        self.loaded.sort_unstable_by_key(|range| range.start);
        let mut joined: Vec<Range<u64>> = Vec::new();
        for range in self.loaded.drain(..) {
            match joined.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => joined.push(range),
            }
        }
        self.loaded = joined;
        Ok(())
    }

    /// The bytes at a place that have been loaded.
    pub(crate) fn read_at(&self, buffer: &mut [u8], position: u64) -> Result<usize> {
        Ok(self.file.read_at(buffer, position)?)
    }

    /// The file as it is now: zeros where nothing was loaded.
    pub fn map(&self) -> Result<MappedFile> {
        Ok(MappedFile::of(&self.file)?)
    }

    /// What it has cost so far.
    pub fn traffic(&self) -> Traffic {
        Traffic {
            requests: self.requests.load(Ordering::Relaxed),
            bytes: self.bytes.load(Ordering::Relaxed),
            length: self.length,
        }
    }

    /// What of a range is not there yet.
    fn holes(&self, range: &Range<u64>) -> Vec<Range<u64>> {
        let end = range.end.min(self.length);
        let mut position = range.start;
        let mut holes = Vec::new();
        let first = self.loaded.partition_point(|loaded| loaded.end <= position);
        for loaded in self.loaded.iter().skip(first).take_while(|loaded| loaded.start < end) {
            if position < loaded.start {
                holes.push(position..loaded.start);
            }
            position = loaded.end;
        }
        if position < end {
            holes.push(position..end);
        }
        holes
    }

    /// Reads a range, with as many requests as the server makes of it; `came` is told how many bytes each brought.
    fn fill(&self, range: &Range<u64>, came: &dyn Fn(u64)) -> Result<()> {
        let mut left = range.clone();
        let mut failures = 0;
        while !left.is_empty() {
            let outcome = self.ask(left.start, left.end, Some(&self.identity)).and_then(|mut answer| match &answer.extent {
                Extent::Part(range) => {
                    let range = range.clone();
                    self.store(&range, &mut answer).map(|()| range.end)
                }
                Extent::Whole(_) => Err(HttpError::Protocol("the server has stopped to serve ranges").into()),
            });
            match outcome {
                Ok(end) => {
                    came(end - left.start);
                    (left.start, failures) = (end, 0);
                }
                Err(Error::Source(error)) if error.is_passing() && failures < limits::RETRIES => {
                    failures += 1;
                    std::thread::sleep(backoff_delay(failures));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }

    fn ask(&self, start: u64, end: u64, known: Option<&Identity>) -> Result<Answer> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        Ok(self.client.get(self.source, start, Some(end), known)?)
    }

    fn store(&self, range: &Range<u64>, answer: &mut Answer) -> Result<()> {
        let mut buffer = vec![0; 64 << 10];
        let mut position = range.start;
        while position < range.end {
            let count = answer.read(&mut buffer).map_err(|error| HttpError::Network(error.to_string()))?;
            let came = buffer.get(..count).unwrap_or_default();
            self.bytes.fetch_add(count as u64, Ordering::Relaxed);
            self.file.write_all_at(came, position)?;
            position += count as u64;
        }
        Ok(())
    }
}

fn pieces(range: &Range<u64>) -> impl Iterator<Item = Range<u64>> + use<> {
    let end = range.end;
    let starts = std::iter::successors(Some(range.start), |start| start.checked_add(limits::PIECE));
    starts.take_while(move |start| *start < end).map(move |start| start..start.saturating_add(limits::PIECE).min(end))
}
