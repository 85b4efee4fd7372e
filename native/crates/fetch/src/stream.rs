//! Answers that hold the whole source: one connection, gone on with where it broke if the server serves ranges after all.

use std::time::{Duration, Instant};

use reelway_http::{Answer, Error as HttpError, Extent, Identity};

use crate::fetch::{Fetched, Run};
use crate::partial::Partial;
use crate::{Error, Event, Result, limits};

pub(crate) fn fetch(run: &Run<'_>, partial: &Partial, mut answer: Answer) -> Result<Fetched> {
    let (total, content_type) = (answer.identity.length, answer.content_type.clone());
    run.watcher.observe(&Event::Started { total, resumed_bytes: 0, ranges: false, content_type });
    partial.begin(0)?;
    let mut identity = answer.identity.clone();
    let (mut bytes, mut furthest, mut failures) = (0, 0, 0);
    loop {
        let mut error = match copy(run, partial, &mut answer, &mut bytes) {
            Ok(()) => return Ok(Fetched { bytes, resumed_bytes: 0, ranges: false, peak_connections: 1 }),
            Err(Error::Source(error)) => error,
            Err(error) => return Err(error),
        };
        // What came before and comes again is no progress: a source that always breaks at one place would be fetched for ever.
        if bytes >= furthest + limits::PROGRESS_BYTES {
            failures = 0;
        }
        furthest = furthest.max(bytes);
        answer = loop {
            failures += 1;
            std::thread::sleep(run.retry_delay(&error, failures).ok_or_else(|| error.clone())?);
            match rest(run, &identity, bytes) {
                Ok(next) => break next,
                Err(next) => error = next,
            }
        };
        if begins_anew(&answer.extent) {
            bytes = 0;
            partial.begin(0)?;
            identity = answer.identity.clone();
        }
    }
}

const fn begins_anew(extent: &Extent) -> bool {
    match extent {
        Extent::Whole(_) => true,
        Extent::Part(range) => range.start == 0,
    }
}

/// The rest of the same source where that can be told, else all of it.
fn rest(run: &Run<'_>, identity: &Identity, bytes: u64) -> reelway_http::Result<Answer> {
    if bytes == 0 || !identity.is_certain() {
        return run.get(0, None, None);
    }
    match run.get(bytes, None, Some(identity)) {
        Err(HttpError::Changed | HttpError::Status { status: 416, .. }) => run.get(0, None, None),
        outcome => outcome,
    }
}

/// Takes what an answer holds; `bytes` is how far the file has come.
fn copy(run: &Run<'_>, partial: &Partial, answer: &mut Answer, bytes: &mut u64) -> Result<()> {
    let total = answer.identity.length;
    run.check_size(total.unwrap_or(0))?;
    let mut buffer = vec![0; limits::BUFFER];
    let mut shown = (Instant::now(), *bytes);
    loop {
        let count = answer.read(&mut buffer).map_err(|error| HttpError::Network(error.to_string()))?;
        let Some(came) = buffer.get(..count).filter(|came| !came.is_empty()) else {
            return if total.is_some_and(|total| *bytes < total) {
                Err(HttpError::Network("the answer holds a part of the rest".to_owned()).into())
            } else {
                Ok(())
            };
        };
        let end = *bytes + count as u64;
        run.check_size(end)?;
        run.claim_room(total.unwrap_or(0).max(end), total.is_some())?;
        partial.write(came, *bytes)?;
        *bytes = end;
        let elapsed = shown.0.elapsed();
        if elapsed >= Duration::from_millis(500) {
            let bytes_per_second = (*bytes - shown.1) * 1000 / u64::try_from(elapsed.as_millis()).unwrap_or(1).max(1);
            run.watcher.observe(&Event::Progress { bytes: *bytes, total, connections: 1, bytes_per_second });
            shown = (Instant::now(), *bytes);
        }
    }
}
