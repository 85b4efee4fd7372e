//! A journal of any bytes beside a download that was broken off: what comes of it is the source, or nothing.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use reelway_fetch::{Event, Expected, Options, Watcher, fetch};
use reelway_fuzz::{Scratch, Server, mutate_json};

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

/// The source; of the part that an earlier run has left, the second half is missing.
const SOURCE: [u8; 1000] = [7; 1000];
const SHA256: &str = "df1329c8b6c7cf3740bbe2f8bab34d253a8d9534a79dceea18177081fdf9f0e9";

struct Silent;

impl Watcher for Silent {
    fn observe(&self, _: &Event) {}

    fn grant_room(&self, bytes: u64) -> bool {
        bytes <= SOURCE.len() as u64
    }
}

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| { mutate_json(data, size, max_size, seed) });

fuzz_target!(|data: &[u8]| {
    let scratch = Scratch::new();
    let mut left = SOURCE;
    left[500..].fill(0);
    std::fs::write(scratch.join(".film.fetch"), left).expect("the part");
    std::fs::write(scratch.join(".film.fetch.json"), data).expect("the journal");
    let place = scratch.join("film");
    let expected = Expected { sha256: Some(SHA256.to_owned()), md5: None };
    let options = Options { expected, max_connections: 2, retries: 0, ..Options::default() };
    let source = SERVER.serving(&SOURCE);
    if fetch(&SERVER.client, &source, &place, &options, &Silent).is_ok() {
        assert!(std::fs::read(&place).expect("the file") == SOURCE);
        assert_eq!(scratch.names(), ["film"], "traces of the work are left");
    } else {
        assert!(!place.exists(), "a file that is not the source");
    }
});
