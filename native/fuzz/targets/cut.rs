//! Every chunk of an MP4 of any bytes: what was cut reads back with the pictures that the report counts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelway_cut::{Chunk, Request};
use reelway_inspect::index::Index;
use reelway_mp4::Movie;

fuzz_target!(|data: &[u8]| {
    let Ok(movie) = Movie::parse(data) else { return };
    let Ok(index) = Index::of(&movie, data.len() as u64) else { return };
    let key_frames = index.tracks.iter().map(|track| track.gops.len()).max().unwrap_or(0).min(6);
    for from in 0..key_frames {
        for to in [from + 1, key_frames] {
            let Ok(chunk) = Chunk::plan(&index, &Request { track: None, from, to }) else { continue };
            let mut file = chunk.header().to_vec();
            for run in chunk.runs() {
                let run = usize::try_from(run.start).expect("an offset")..usize::try_from(run.end).expect("an offset");
                file.extend_from_slice(&data[run]);
            }
            assert_eq!(file.len() as u64, chunk.report().bytes);
            let cut = Movie::parse(&file).expect("a readable chunk");
            let track = cut.tracks.first().expect("a track in the chunk");
            let samples = track.samples().map(|sample| sample.expect("a readable sample")).count() as u64;
            assert_eq!(samples, chunk.report().pictures + chunk.report().hidden);
        }
    }
});
