//! A file of any bytes at a URL: its headers are read in few requests, and then tell what they tell of the file itself.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use reelway_fuzz::Server;
use reelway_inspect::index::Index;
use reelway_mp4::Movie;
use reelway_remote_file::RemoteFile;

static SERVER: LazyLock<Server> = LazyLock::new(Server::start);

fuzz_target!(|data: &[u8]| {
    let source = SERVER.serving(data);
    let Ok(mut remote) = RemoteFile::open(&SERVER.client, &source) else { return };
    if remote.load_headers().is_err() {
        return;
    }
    let map = remote.map().expect("the map of what was read");
    assert_eq!(map.len(), data.len());
    let index = |bytes: &[u8]| {
        let movie = Movie::parse(bytes).ok()?;
        let index = Index::of(&movie, bytes.len() as u64).ok()?;
        serde_json::to_string(&index).ok()
    };
    assert!(index(&map) == index(data), "an index of the file at its URL and of the file itself");
});
