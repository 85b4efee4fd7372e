use std::hash::{BuildHasher, RandomState};
use std::time::Duration;

use crate::limits;

/// How long to wait behind the `failures`th failure in a row (from 1): twice as long each time, of which a random half is
/// left out, so that many clients of a server that failed don't come back together.
pub fn backoff_delay(failures: u32) -> Duration {
    let whole = limits::FIRST_DELAY.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(limits::LONGEST_DELAY);
    // The standard library's hasher is seeded by the system: randomness enough to spread clients.
    let dice = RandomState::new().hash_one(failures) % 1024;
    whole / 2 + whole * u32::try_from(dice).unwrap_or(0) / 2048
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound_and_differ() {
        for failures in 1..40 {
            let whole = limits::FIRST_DELAY.saturating_mul(1 << (failures - 1).min(16)).min(limits::LONGEST_DELAY);
            let waited = backoff_delay(failures);
            assert!(waited >= whole / 2 && waited <= whole, "{failures}: {waited:?}");
        }
        let waits: std::collections::HashSet<Duration> = (0..50).map(|_| backoff_delay(5)).collect();
        assert!(waits.len() > 5);
    }
}
