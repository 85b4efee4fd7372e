//! The sound and key frames of an MP4 of any bytes: nothing, or a file that reads back with what its report counts.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelway_extract::{Extract, key_frames, sound};
use reelway_mp4::Movie;

fuzz_target!(|data: &[u8]| {
    let Ok(movie) = Movie::parse(data) else { return };
    if let Ok(extract) = sound(&movie, &[]) {
        let expected: Vec<u64> = extract.report().tracks.iter().map(|track| track.samples).collect();
        read_back(&extract, data, extract.report().bytes, &expected);
    }
    if let Ok(extract) = key_frames(&movie, None, &[0.0, 0.4, 0.9, 1e6]) {
        let pictures = &extract.report().key_frames;
        assert!(pictures.is_sorted_by(|a, b| a.time < b.time && a.stream <= b.stream));
        let expected: Vec<u64> = pictures.chunk_by(|a, b| a.stream == b.stream).map(|stream| stream.len() as u64).collect();
        read_back(&extract, data, extract.report().bytes, &expected);
    }
});

fn read_back<R>(extract: &Extract<R>, source: &[u8], bytes: u64, samples: &[u64]) {
    let mut file = extract.header().to_vec();
    for run in extract.runs() {
        let run = usize::try_from(run.start).expect("an offset")..usize::try_from(run.end).expect("an offset");
        file.extend_from_slice(&source[run]);
    }
    assert_eq!(file.len() as u64, bytes);
    let written = Movie::parse(&file).expect("a readable file");
    assert_eq!(written.tracks.len(), samples.len());
    for (track, expected) in written.tracks.iter().zip(samples) {
        assert_eq!(track.samples().map(|sample| sample.expect("a readable sample")).count() as u64, *expected);
    }
}
