//! An index document of any content, as `cut` reads it: validated, then cut at every pair of key frames.
#![no_main]

use libfuzzer_sys::{fuzz_mutator, fuzz_target};
use reelway_cut::{Chunk, Request};
use reelway_inspect::index::Index;
use reelway_mp4::Movie;

fuzz_target!(|data: &[u8]| {
    let Ok(index) = serde_json::from_slice::<Index>(data) else { return };
    if index.validate().is_err() {
        return;
    }
    let ids = index.tracks.iter().map(|track| Some(track.id)).chain([None]);
    for track in ids.take(4) {
        for (from, to) in [(0, 1), (0, 2), (1, 2), (1, 3), (0, usize::MAX), (usize::MAX, 0)] {
            let Ok(chunk) = Chunk::plan(&index, &Request { track, from, to }) else { continue };
            for run in chunk.runs() {
                assert!(run.start <= run.end && run.end <= index.file_bytes, "bytes outside the file");
            }
            // The sample entry is the document's and may be nonsense; the header around it is ours.
            let _ = Movie::parse(chunk.header());
        }
    }
});

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    reelway_fuzz::mutate_json(data, size, max_size, seed)
});
