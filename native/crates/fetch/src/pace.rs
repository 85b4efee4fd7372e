use std::time::Duration;

/// How many connections are at work: more while more bring more, half as many when the server has had enough.
#[derive(Debug)]
pub(crate) struct Pace {
    target: usize,
    most: usize,
    state: State,
    since: Duration,
    bytes: u64,
    /// Bytes per second before the last step up.
    before: f64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Growing,
    Settled,
}

/// Long enough for a new connection to come up to speed.
const WINDOW: Duration = Duration::from_millis(250);
/// After so long another step up is tried: networks change.
const SETTLED: Duration = Duration::from_secs(8);
/// A doubling that brings less is not worth it.
const WORTHWHILE: f64 = 1.1;

impl Pace {
    pub(crate) fn new(first: usize, most: usize) -> Self {
        let most = most.max(1);
        Self { target: first.clamp(1, most), most, state: State::Growing, since: Duration::ZERO, bytes: 0, before: 0.0 }
    }

    pub(crate) const fn target(&self) -> usize {
        self.target
    }

    /// Looks at what has come until `now`, both counted from the start; `latency` is how long an answer takes to begin.
    pub(crate) fn observe(&mut self, now: Duration, bytes: u64, latency: Duration) {
        let window = if self.state == State::Growing { WINDOW.max(latency * 4) } else { SETTLED };
        let elapsed = now.saturating_sub(self.since);
        if elapsed < window {
            return;
        }
        let rate = bytes.saturating_sub(self.bytes) as f64 / elapsed.as_secs_f64();
        (self.since, self.bytes) = (now, bytes);
        match self.state {
            State::Growing if rate > self.before * WORTHWHILE && self.target < self.most => {
                self.before = rate;
                self.target = (self.target * 2).min(self.most);
            }
            State::Growing => self.state = State::Settled,
            State::Settled if self.target < self.most => {
                self.before = rate;
                self.target = (self.target + self.target / 2 + 1).min(self.most);
                self.state = State::Growing;
            }
            State::Settled => {}
        }
    }

    /// The server asks for less: half as many from now on, and no more than that for the rest.
    pub(crate) fn overloaded(&mut self, now: Duration, bytes: u64) {
        self.target = (self.target / 2).max(1);
        self.most = self.target;
        self.state = State::Settled;
        (self.since, self.bytes) = (now, bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Runs against a server that gives each connection `each` bytes per second and no more than `all` together.
    fn run(pace: &mut Pace, each: u64, all: u64, seconds: u64) -> usize {
        let mut bytes = 0;
        for step in 1..=seconds * 20 {
            bytes += (each * pace.target() as u64).min(all) / 20;
            pace.observe(Duration::from_millis(step * 50), bytes, Duration::from_millis(30));
        }
        pace.target()
    }

    #[test]
    fn grows_while_connections_bring_more() {
        assert_eq!(run(&mut Pace::new(6, 32), 1_000_000, u64::MAX, 3), 32);
    }

    #[test]
    fn stops_where_the_line_is_full() {
        let found = run(&mut Pace::new(4, 64), 1_000_000, 4_000_000, 3);
        assert!(found <= 8, "{found}");
    }

    #[test]
    fn halves_when_the_server_has_had_enough_and_stays_there() {
        let mut pace = Pace::new(16, 32);
        pace.overloaded(Duration::ZERO, 0);
        assert_eq!(pace.target(), 8);
        assert_eq!(run(&mut pace, 1_000_000, u64::MAX, 30), 8);
        (0..9).for_each(|_| pace.overloaded(Duration::ZERO, 0));
        assert_eq!(pace.target(), 1);
    }
}
