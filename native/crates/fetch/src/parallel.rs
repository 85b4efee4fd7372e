//! Servers that serve ranges: pieces over several connections, and a journal of what is missing.

use std::ops::Range;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reelway_http::{Answer, Error as HttpError, Extent, Identity};

use crate::fetch::{Fetched, Run};
use crate::pace::Pace;
use crate::partial::Partial;
use crate::work::{Taken, Work};
use crate::{Error, Event, Result, limits};

/// How often speed is looked at.
const TICK: Duration = Duration::from_millis(50);
/// How often progress is told.
const SHOWN: Duration = Duration::from_millis(500);

/// Fetches what is missing; `first` is the answer for the first missing byte.
pub(crate) fn fetch(run: &Run<'_>, partial: &Partial, first: Answer, missing: Vec<Range<u64>>) -> Result<Fetched> {
    let length = first.identity.length.unwrap_or(0);
    let latency = run.started.elapsed();
    let work = Work::new(missing, limits::LEAST_PIECE);
    let resumed_bytes = length - work.missing_bytes().min(length);
    let content_type = first.content_type.clone();
    run.watcher.observe(&Event::Started { total: Some(length), resumed_bytes, ranges: true, content_type });
    let most = run.options.max_connections.clamp(1, limits::MAX_CONNECTIONS);
    let shared = Shared {
        run,
        partial,
        identity: first.identity.clone(),
        length,
        latency,
        state: Mutex::new(State {
            pace: Pace::new(limits::FIRST_CONNECTIONS, most),
            work,
            came: 0,
            failure: None,
            quiet_until: None,
            peak: 1,
        }),
        changed: Condvar::new(),
    };
    std::thread::scope(|scope| {
        let mut first = Some(first);
        for number in 0..most {
            let (shared, answer) = (&shared, first.take());
            // A thread that can't be had is a connection less; the first one is this thread's own below.
            if number == 0 {
                scope.spawn(move || shared.work(number, answer));
            } else {
                let _ = std::thread::Builder::new().spawn_scoped(scope, move || shared.work(number, None));
            }
        }
        scope.spawn(|| shared.keep_journal());
        shared.watch();
    });
    let state = shared.state.into_inner().unwrap_or_else(PoisonError::into_inner);
    let missing = state.work.missing();
    match state.failure {
        None => Ok(Fetched { bytes: length, resumed_bytes, ranges: true, peak_connections: state.peak }),
        Some(error) => {
            if shared.identity.is_certain() {
                // The failure is what there is to tell; without the note the next run fetches a little more.
                let _ = partial.note(&shared.identity, length, missing);
            }
            Err(error)
        }
    }
}

struct Shared<'r> {
    run: &'r Run<'r>,
    partial: &'r Partial,
    identity: Identity,
    length: u64,
    /// How long the first answer took to begin.
    latency: Duration,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    work: Work,
    pace: Pace,
    /// Bytes that came in this run.
    came: u64,
    failure: Option<Error>,
    /// The server asked to be left alone until then.
    quiet_until: Option<Instant>,
    peak: usize,
}

impl State {
    fn is_over(&self) -> bool {
        self.failure.is_some() || self.work.is_done()
    }
}

/// What a worker does next.
enum Next {
    Fetch(Taken),
    Stop,
}

impl Shared<'_> {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One connection: takes pieces until there are none.
    fn work(&self, number: usize, mut answer: Option<Answer>) {
        let mut buffer = Vec::new();
        let mut failures = Failures::default();
        while let Next::Fetch(piece) = self.next(number) {
            buffer.resize(limits::BUFFER, 0);
            // The answer that is there already is for the very first piece.
            let outcome = self.fetch_piece(&piece, answer.take(), &mut buffer);
            let mut state = self.state();
            state.work.release(piece.id);
            let delay = match outcome {
                Ok(()) => None,
                Err(Error::Source(error)) => {
                    let failed = failures.count(state.came);
                    if error.is_overload() {
                        let came = state.came;
                        state.pace.overloaded(self.run.started.elapsed(), came);
                    }
                    let delay = if state.is_over() { None } else { self.run.retry_delay(&error, failed) };
                    if delay.is_none() && !state.is_over() {
                        state.failure = Some(error.into());
                    } else if error.is_overload() {
                        state.quiet_until = delay.map(|delay| Instant::now() + delay);
                    }
                    delay
                }
                Err(error) => {
                    state.failure.get_or_insert(error);
                    None
                }
            };
            drop(state);
            self.changed.notify_all();
            if let Some(delay) = delay {
                self.pause(delay);
            }
        }
        self.changed.notify_all();
    }

    /// Waits for a piece, and for leave to fetch it.
    fn next(&self, number: usize) -> Next {
        let mut state = self.state();
        loop {
            if state.is_over() {
                return Next::Stop;
            }
            let quiet = state.quiet_until.is_some_and(|until| Instant::now() < until);
            // The first connection has its answer already, so it takes the first piece whatever the others do.
            let turn = number == 0 || state.came > 0 || state.work.active() > 0;
            if !quiet
                && turn
                && state.work.active() < state.pace.target()
                && let Some(piece) = state.work.take()
            {
                state.peak = state.peak.max(state.work.active());
                return Next::Fetch(piece);
            }
            state = self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Waits, but no longer than the download lasts.
    fn pause(&self, delay: Duration) {
        let end = Instant::now() + delay;
        let mut state = self.state();
        loop {
            let left = end.saturating_duration_since(Instant::now());
            if left.is_zero() || state.is_over() {
                return;
            }
            state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// Fetches what is left of a piece, with as many requests as the server makes of it.
    fn fetch_piece(&self, piece: &Taken, mut answer: Option<Answer>, buffer: &mut [u8]) -> Result<()> {
        loop {
            let left = self.state().work.left(piece.id);
            if left.is_empty() {
                return Ok(());
            }
            let mut answer = match answer.take() {
                Some(answer) => answer,
                None => self.run.get(left.start, Some(left.end), Some(&self.identity))?,
            };
            if !matches!(answer.extent, Extent::Part(_)) {
                return Err(HttpError::Protocol("the server has stopped to serve ranges").into());
            }
            self.copy(piece.id, left.start, &mut answer, buffer)?;
        }
    }

    /// Writes an answer's bytes as far as the piece goes.
    fn copy(&self, id: u64, mut position: u64, answer: &mut Answer, buffer: &mut [u8]) -> Result<()> {
        loop {
            let (end, failed) = {
                let state = self.state();
                (state.work.left(id).end, state.failure.is_some())
            };
            if position >= end || failed {
                return Ok(());
            }
            let most = usize::try_from(end - position).unwrap_or(usize::MAX).min(buffer.len());
            let room = buffer.get_mut(..most).unwrap_or_default();
            let count = answer.read(room).map_err(|error| HttpError::Network(error.to_string()))?;
            let Some(came) = room.get(..count).filter(|came| !came.is_empty()) else { return Ok(()) };
            self.partial.write(came, position)?;
            position += count as u64;
            let mut state = self.state();
            state.work.advance(id, position);
            state.came += count as u64;
            if state.is_over() {
                drop(state);
                self.changed.notify_all();
            }
        }
    }

    /// Looks at the speed, and tells how far it is.
    fn watch(&self) {
        let mut shown = (Instant::now(), 0);
        let mut state = self.state();
        while !state.is_over() {
            state = self.changed.wait_timeout(state, TICK).unwrap_or_else(PoisonError::into_inner).0;
            let now = self.run.started.elapsed();
            let (came, active) = (state.came, state.work.active());
            let target = state.pace.target();
            state.pace.observe(now, came, self.latency);
            if state.pace.target() != target {
                self.changed.notify_all();
            }
            let elapsed = shown.0.elapsed();
            if elapsed < SHOWN {
                continue;
            }
            let bytes_per_second = (came - shown.1) * 1000 / u64::try_from(elapsed.as_millis()).unwrap_or(1).max(1);
            // A piece smaller than what comes while one waits for its answer is not worth a request.
            let waiting = self.latency.as_secs_f64() * 1.5 * bytes_per_second as f64 / active.max(1) as f64;
            #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
            state.work.set_least((waiting as u64).max(limits::LEAST_PIECE));
            let bytes = self.length - state.work.missing_bytes().min(self.length);
            shown = (Instant::now(), came);
            drop(state);
            let total = Some(self.length);
            self.run.watcher.observe(&Event::Progress { bytes, total, connections: active, bytes_per_second });
            state = self.state();
        }
    }

    /// Notes now and then what is missing, so that a killed run is gone on with.
    fn keep_journal(&self) {
        if !self.identity.is_certain() {
            return;
        }
        let mut noted = Instant::now();
        let mut state = self.state();
        while !state.is_over() {
            let left = limits::JOURNAL_INTERVAL.saturating_sub(noted.elapsed());
            if !left.is_zero() {
                state = self.changed.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
                continue;
            }
            let missing = state.work.missing();
            drop(state);
            let outcome = self.partial.note(&self.identity, self.length, missing);
            noted = Instant::now();
            state = self.state();
            if let Err(error) = outcome {
                state.failure.get_or_insert_with(|| Error::at(self.partial.working())(error));
            }
        }
        self.changed.notify_all();
    }
}

/// Failures of one connection in a row.
#[derive(Default)]
struct Failures {
    count: u32,
    came: u64,
}

impl Failures {
    /// One more; progress of the whole download since the last one makes it the first.
    fn count(&mut self, came: u64) -> u32 {
        if came >= self.came + limits::PROGRESS_BYTES {
            self.count = 0;
        }
        self.came = came;
        self.count += 1;
        self.count
    }
}
