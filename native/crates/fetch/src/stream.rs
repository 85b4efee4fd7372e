//! Servers that don't serve ranges: one connection, from the start each time.

use std::time::{Duration, Instant};

use reelway_http::{Answer, Error as HttpError};

use crate::fetch::{Fetched, Run};
use crate::partial::Partial;
use crate::{Error, Event, Result, limits};

pub(crate) fn fetch(run: &Run<'_>, partial: &Partial, mut answer: Answer) -> Result<Fetched> {
    (run.observe)(&Event::Started { total: answer.identity.length, resumed_bytes: 0, ranges: false });
    let mut failures = 0;
    loop {
        partial.begin(0)?;
        let error = match copy(run, partial, &mut answer) {
            Ok(bytes) => return Ok(Fetched { bytes, resumed_bytes: 0, ranges: false, peak_connections: 1 }),
            Err(Error::Source(error)) => error,
            Err(error) => return Err(error),
        };
        answer = again(run, error, &mut failures)?;
    }
}

/// Asks anew until there is an answer, or no hope.
fn again(run: &Run<'_>, mut error: HttpError, failures: &mut u32) -> Result<Answer> {
    loop {
        *failures += 1;
        std::thread::sleep(run.retry_delay(&error, *failures).ok_or_else(|| error.clone())?);
        match run.get(0, None, None) {
            Ok(answer) => return Ok(answer),
            Err(next) => error = next,
        }
    }
}

fn copy(run: &Run<'_>, partial: &Partial, answer: &mut Answer) -> Result<u64> {
    let total = answer.identity.length;
    let mut buffer = vec![0; limits::BUFFER];
    let mut bytes = 0;
    let mut shown = (Instant::now(), 0);
    loop {
        let count = answer.read(&mut buffer).map_err(|error| HttpError::Network(error.to_string()))?;
        let Some(came) = buffer.get(..count).filter(|came| !came.is_empty()) else { return Ok(bytes) };
        run.check_size(bytes + count as u64)?;
        partial.write(came, bytes)?;
        bytes += count as u64;
        let elapsed = shown.0.elapsed();
        if elapsed >= Duration::from_millis(500) {
            let bytes_per_second = (bytes - shown.1) * 1000 / u64::try_from(elapsed.as_millis()).unwrap_or(1).max(1);
            (run.observe)(&Event::Progress { bytes, total, connections: 1, bytes_per_second });
            shown = (Instant::now(), bytes);
        }
    }
}
