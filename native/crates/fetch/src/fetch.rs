use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use reelway_http::{Answer, Client, Error as HttpError, Extent, Identity, Source, backoff_delay};

use crate::partial::Partial;
use crate::{Digests, Error, Event, Expected, Report, Result, limits, parallel, stream};

/// How a file is fetched.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most bytes that the source may have.
    pub max_bytes: Option<u64>,
    /// What the bytes must hash to.
    pub expected: Expected,
    /// The most connections, up to [`limits::MAX_CONNECTIONS`].
    pub max_connections: usize,
    /// Failures in a row that are tried again.
    pub retries: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            max_bytes: None,
            expected: Expected::default(),
            max_connections: limits::DEFAULT_CONNECTIONS,
            retries: limits::DEFAULT_RETRIES,
        }
    }
}

/// Who is told what happens, and asked for room.
pub trait Watcher: Sync {
    /// Something has happened.
    fn observe(&self, event: &Event);
    /// Whether the file may have so many bytes; asked before they are written.
    fn grant_room(&self, bytes: u64) -> bool;
}

/// What every part of a download needs.
pub(crate) struct Run<'r> {
    pub(crate) client: &'r Client,
    pub(crate) source: &'r Source,
    pub(crate) options: &'r Options,
    pub(crate) watcher: &'r dyn Watcher,
    /// Bytes that the caller has given room for.
    pub(crate) room: AtomicU64,
    pub(crate) started: Instant,
    pub(crate) requests: AtomicU64,
    pub(crate) retries: AtomicU64,
}

impl Run<'_> {
    /// Asks the server, and counts it.
    pub(crate) fn get(&self, start: u64, end: Option<u64>, known: Option<&Identity>) -> reelway_http::Result<Answer> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        self.client.get(self.source, start, end, known)
    }

    /// Whether a failure is worth another try, and after how long. `failures` counts those in a row, this one included.
    pub(crate) fn retry_delay(&self, error: &HttpError, failures: u32) -> Option<Duration> {
        if !error.is_passing() || failures > self.options.retries {
            return None;
        }
        let asked = if let HttpError::Status { retry_after, .. } = error { *retry_after } else { None };
        let delay = asked.unwrap_or(Duration::ZERO).max(backoff_delay(failures));
        self.retries.fetch_add(1, Ordering::Relaxed);
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.watcher.observe(&Event::Retry { code: error.code(), delay_ms });
        Some(delay)
    }

    /// Asks until there is an answer, or no hope.
    fn get_patiently(&self, start: u64, end: Option<u64>) -> Result<Answer> {
        let mut failures = 0;
        loop {
            match self.get(start, end, None) {
                Ok(answer) => return Ok(answer),
                Err(error) => {
                    failures += 1;
                    std::thread::sleep(self.retry_delay(&error, failures).ok_or(error)?);
                }
            }
        }
    }

    pub(crate) fn check_size(&self, bytes: u64) -> Result<()> {
        match self.options.max_bytes {
            Some(most) if bytes > most => Err(Error::TooLarge { most }),
            _ => Ok(()),
        }
    }

    /// Asks for room before so many bytes are there, in steps where it is not known how many will come.
    pub(crate) fn claim_room(&self, bytes: u64, length_known: bool) -> Result<()> {
        if bytes <= self.room.load(Ordering::Relaxed) {
            return Ok(());
        }
        let bytes = if length_known { bytes } else { bytes.saturating_add(limits::ROOM_STEP) };
        if !self.watcher.grant_room(bytes) {
            return Err(Error::NoRoom { bytes });
        }
        self.room.store(bytes, Ordering::Relaxed);
        Ok(())
    }
}

/// What came, before it is checked.
pub(crate) struct Fetched {
    pub(crate) bytes: u64,
    pub(crate) resumed_bytes: u64,
    pub(crate) ranges: bool,
    pub(crate) peak_connections: usize,
}

/// Fetches a source to `place`, which appears whole or not at all.
///
/// After a failure that may pass, what was fetched stays beside the place, and the next run goes on with it if the source is
/// still the same.
pub fn fetch(client: &Client, source: &Source, place: &Path, options: &Options, watcher: &dyn Watcher) -> Result<Report> {
    let partial = Partial::open(place)?;
    let run = Run {
        client,
        source,
        options,
        watcher,
        room: AtomicU64::new(0),
        started: Instant::now(),
        requests: AtomicU64::new(0),
        retries: AtomicU64::new(0),
    };
    let outcome = transfer(&run, &partial).and_then(|fetched| {
        let digests = Digests::of(partial.file(), &options.expected).map_err(Error::at(partial.working()))?;
        digests.check(&options.expected)?;
        Ok((fetched, digests))
    });
    match outcome {
        Ok((fetched, digests)) => {
            partial.publish()?;
            Ok(Report {
                bytes: fetched.bytes,
                resumed_bytes: fetched.resumed_bytes,
                ranges: fetched.ranges,
                requests: run.requests.into_inner(),
                retries: run.retries.into_inner(),
                peak_connections: fetched.peak_connections,
                seconds: run.started.elapsed().as_secs_f64(),
                digests,
            })
        }
        Err(error) => {
            if partial.left().is_none() || matches!(error, Error::Digest { .. } | Error::TooLarge { .. }) {
                partial.discard();
            }
            Err(error)
        }
    }
}

/// Gets the bytes, anew as often as the source changes under them.
fn transfer(run: &Run<'_>, partial: &Partial) -> Result<Fetched> {
    let mut restarts = 0;
    loop {
        match transfer_once(run, partial) {
            Err(Error::Source(HttpError::Changed)) if restarts < limits::MAX_RESTARTS => {
                restarts += 1;
                partial.begin(0)?;
                run.watcher.observe(&Event::Restarted);
            }
            outcome => return outcome,
        }
    }
}

fn transfer_once(run: &Run<'_>, partial: &Partial) -> Result<Fetched> {
    if let Some(journal) = partial.left() {
        // Complete already, a byte still tells whether the source is the same.
        let first = journal.missing().first().map_or(0, |range| range.start);
        match run.get_patiently(first, None) {
            Ok(answer) if is_part(&answer) && journal.identity().agrees_with(&answer.identity) => {
                run.check_size(journal.length())?;
                run.claim_room(journal.length(), true)?;
                return parallel::fetch(run, partial, answer, journal.missing().to_vec());
            }
            // Another source, or a shorter one: what was fetched of the old one is worth nothing.
            Ok(_) | Err(Error::Source(HttpError::Status { status: 416, .. })) => {
                partial.begin(0)?;
                run.watcher.observe(&Event::Restarted);
            }
            Err(error) => return Err(error),
        }
    }
    let answer = run.get_patiently(0, None)?;
    match (&answer.extent, answer.identity.length) {
        (Extent::Part(_), None) => Err(HttpError::Protocol("the server does not say how long the source is").into()),
        (Extent::Part(_), Some(length)) => {
            run.check_size(length)?;
            run.claim_room(length, true)?;
            partial.begin(length)?;
            parallel::fetch(run, partial, answer, std::iter::once(0..length).collect())
        }
        (Extent::Whole(length), _) => {
            run.check_size(length.unwrap_or(0))?;
            run.claim_room(length.unwrap_or(0), true)?;
            stream::fetch(run, partial, answer)
        }
    }
}

const fn is_part(answer: &Answer) -> bool {
    matches!(answer.extent, Extent::Part(_))
}
