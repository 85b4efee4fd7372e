//! Up to four MP4s of any bytes packaged together, in the clear and encrypted: nothing, or a folder whose every rendition
//! reads back.
#![no_main]

use libfuzzer_sys::fuzz_target;
use reelway_fuzz::{Scratch, split_parts};
use reelway_mp4::{Bytes16, Movie, Scheme};
use reelway_package::{Encryption, Input, Key, KeyAccess, Layout, Options, package};

/// Layouts, each with one of the ways to encrypt and without.
const RUNS: [(Layout, Option<Scheme>); 4] = [
    (Layout::SegmentFiles, None),
    (Layout::SingleFile, None),
    (Layout::SegmentFiles, Some(Scheme::Cbcs)),
    (Layout::SingleFile, Some(Scheme::Cenc)),
];

fuzz_target!(|data: &[u8]| {
    let parts = split_parts(data);
    let Ok(inputs) = parts.iter().map(|part| Input::parse("input", part)).collect::<Result<Vec<_>, _>>() else { return };
    let scratch = Scratch::new();
    for (layout, scheme) in RUNS {
        let output = scratch.join("out");
        let key = Key::parse(&[1; 16]).expect("a key");
        let encryption = scheme.map(|scheme| Encryption::new(scheme, Bytes16([2; 16]), &key, None).expect("settings"));
        let key_access = KeyAccess::new("/key", None).ok();
        let options =
            Options { segment_seconds: 1.0, layout, hls: true, dash: true, encryption, key_access, ..Options::default() };
        let Ok(report) = package(&inputs, &options, &output, &|_, _| {}) else {
            assert!(scratch.names().is_empty(), "something was left behind");
            return;
        };
        for rendition in report.renditions {
            let folder = output.join(&rendition.id);
            let mut whole = Vec::new();
            if layout == Layout::SegmentFiles {
                whole.extend(std::fs::read(folder.join("init.mp4")).expect("the init segment"));
                for number in 1..=rendition.segments {
                    whole.extend(std::fs::read(folder.join(format!("seg-{number:05}.m4s"))).expect("a segment"));
                }
            } else {
                whole.extend(std::fs::read(folder.join("media.mp4")).expect("the media file"));
            }
            let movie = Movie::parse(&whole).expect("a readable rendition");
            let track = movie.tracks.first().expect("a track");
            let samples = track.samples().map(|sample| sample.expect("a readable sample")).count() as u64;
            assert_eq!(samples, rendition.samples);
        }
        std::fs::remove_dir_all(output).expect("the output goes");
    }
});
