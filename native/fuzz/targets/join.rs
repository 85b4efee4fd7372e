//! Up to four MP4s of any bytes stitched and concatenated, as files and as an init segment with its segments: nothing, or a
//! file that reads back.
#![no_main]

use std::path::Path;

use libfuzzer_sys::fuzz_target;
use reelway_fuzz::{Scratch, split_parts};
use reelway_join::{Part, Progress, Report, Result, concat, stitch};
use reelway_mp4::Movie;

type Join = fn(&[Part<'_>], &Path, Progress<'_>) -> Result<Report>;

fuzz_target!(|data: &[u8]| {
    let files = split_parts(data);
    let scratch = Scratch::new();
    let whole = || files.iter().map(|file| Part::file("input", file)).collect::<Result<Vec<_>>>();
    let segmented = || Part::segments("input", files[0], files[1..].to_vec()).map(|part| vec![part]);
    let joins: [Join; 2] = [stitch, concat];
    for join in joins {
        for parts in [whole(), segmented()] {
            let Ok(parts) = parts else { continue };
            let output = scratch.join("out.mp4");
            let Ok(report) = join(&parts, &output, &|_, _| {}) else {
                assert!(scratch.names().is_empty(), "something was left behind");
                continue;
            };
            let joined = std::fs::read(&output).expect("the joined file");
            assert_eq!(joined.len() as u64, report.bytes);
            let movie = Movie::parse(&joined).expect("a readable file");
            assert_eq!(movie.tracks.len(), report.tracks.len());
            for (track, expected) in movie.tracks.iter().zip(&report.tracks) {
                assert_eq!(track.samples().map(|sample| sample.expect("a readable sample")).count(), expected.samples);
            }
            std::fs::remove_file(output).expect("the output goes");
        }
    }
});
