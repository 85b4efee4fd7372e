//! An MP4 of any bytes: headers, every sample, `probe` and `index`. An index that was made is valid and survives its document.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelway_inspect::index::Index;
use reelway_inspect::probe::Probe;
use reelway_mp4::Movie;

fuzz_target!(|data: &[u8]| {
    let Ok(movie) = Movie::parse(data) else { return };
    for track in &movie.tracks {
        for sample in track.samples() {
            let Ok(sample) = sample else { break };
            assert!(sample.offset + u64::from(sample.size) <= data.len() as u64, "a sample outside the file");
        }
    }
    if let Ok(probe) = Probe::of(&movie, data.len() as u64) {
        serde_json::to_vec(&probe).expect("a description in JSON");
    }
    if let Ok(index) = Index::of(&movie, data.len() as u64) {
        index.validate().expect("an index that was just made is valid");
        let text = serde_json::to_vec(&index).expect("an index in JSON");
        assert!(serde_json::from_slice::<Index>(&text).expect("the document of an index is read") == index);
    }
});
