//! Damaged and hostile input: a clean error or a valid result, never a panic, never half an output.
//!
//! `REELWAY_FLIPS=10000 cargo test --release --test engine flipped` flips more bits than the few hundred of a plain run.

use std::path::{Path, PathBuf};

use crate::support::fixtures::{Fixture, MATRIX, edited};
use crate::support::packaged::{PackagedRendition, packets};
use reelway_inspect::index::Index;
use reelway_inspect::probe::Probe;
use reelway_mp4::Movie;
use reelway_package::{Input, Layout, Options};

/// Does everything the engine can do with the bytes. Whatever they are, it must come back, and what it packages must be
/// readable.
fn exercise(bytes: &[u8], scratch: &Path) -> Result<(), String> {
    let movie = Movie::parse(bytes).map_err(|error| error.to_string())?;
    let probed = Probe::of(&movie, bytes.len() as u64).map(drop).map_err(|error| error.to_string());
    let indexed = Index::of(&movie, bytes.len() as u64).map_err(|error| error.to_string());
    if let Ok(index) = &indexed {
        index.validate().expect("an index that was just made is valid");
    }
    let inputs = [Input::parse("damaged", bytes).map_err(|error| error.to_string())?];
    let output = scratch.join("out");
    let options =
        Options { segment_seconds: 2.0, borders: None, layout: Layout::SegmentFiles, hls: true, dash: true, chunk: None };
    let packaged = reelway_package::package(&inputs, &options, &output, &|_, _| {});
    match packaged {
        Ok(report) => {
            for rendition in report.renditions {
                let read = PackagedRendition::read(&output.join(&rendition.id), "playlist.m3u8");
                assert_eq!(packets(&read.whole(), None).len() as u64, rendition.samples);
            }
            std::fs::remove_dir_all(&output).unwrap();
        }
        Err(error) => {
            assert_eq!(std::fs::read_dir(scratch).unwrap().count(), 0, "{error}: something was left behind");
            return Err(error.to_string());
        }
    }
    probed.and(indexed.map(drop))
}

fn victims() -> Vec<PathBuf> {
    let names = [
        "h264-b-frames.mp4",
        "h264-fragmented.mp4",
        "h264-hybrid.mp4",
        "hevc-10bit-hdr.mp4",
        "av1-opus.mp4",
        "h264-eac3.mp4",
        "vp9-flac.mp4",
    ];
    MATRIX.iter().filter(|fixture| names.contains(&fixture.name)).map(Fixture::path).chain([edited()]).collect()
}

/// Small numbers from a seed, the same in every run (xorshift64*).
struct Dice(u64);

impl Dice {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % end
    }
}

#[test]
fn a_file_cut_at_every_hundredth_is_refused_or_packaged_whole() {
    let scratch = tempfile::tempdir().unwrap();
    for path in victims() {
        let bytes = std::fs::read(&path).unwrap();
        for percent in 0..100 {
            let outcome = exercise(&bytes[..bytes.len() * percent / 100], scratch.path());
            let fragmented = path.to_string_lossy().contains("fragmented") || path.to_string_lossy().contains("hybrid");
            // A fragmented file that ends between two fragments is a shorter file; any other lacks samples.
            assert!(fragmented || outcome.is_err(), "{} at {percent} %", path.display());
        }
        assert_eq!(exercise(&bytes, scratch.path()), Ok(()), "{}", path.display());
    }
}

#[test]
fn flipped_bits_give_an_error_or_a_valid_result() {
    let flips: usize = std::env::var("REELWAY_FLIPS").ok().and_then(|count| count.parse().ok()).unwrap_or(480);
    let scratch = tempfile::tempdir().unwrap();
    let victims: Vec<Vec<u8>> = victims().iter().map(|path| std::fs::read(path).unwrap()).collect();
    let mut dice = Dice(0x5eed);
    let mut refused = 0;
    for round in 0..flips {
        let mut bytes = victims[round % victims.len()].clone();
        let headers = header_bytes(&bytes);
        for _ in 0..=dice.below(3) {
            let at = headers[dice.below(headers.len())];
            bytes[at] ^= 1 << dice.below(8);
        }
        refused += usize::from(exercise(&bytes, scratch.path()).is_err());
    }
    assert!(refused > flips / 10, "only {refused} of {flips} were refused: are the flips where they hurt?");
    assert!(refused < flips, "all were refused");
}

/// The places of all bytes outside `mdat`: a flip in the media is none of a packager's business.
fn header_bytes(bytes: &[u8]) -> Vec<usize> {
    let boxes = reelway_mp4::Boxes::new(bytes).filter(|found| found.kind != reelway_mp4::FourCc::new(b"mdat"));
    boxes.flat_map(|found| found.start..found.start + found.whole.len()).collect()
}

#[test]
fn a_small_file_can_not_claim_millions_of_samples() {
    let mut bytes = std::fs::read(MATRIX[0].path()).unwrap();
    // One size for four thousand million samples, with durations to match: 20 bytes of lies.
    let at = bytes.windows(4).position(|four| four == b"stsz").unwrap();
    bytes[at + 8..at + 16].copy_from_slice(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    let at = bytes.windows(4).position(|four| four == b"stts").unwrap();
    bytes[at + 12..at + 16].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let scratch = tempfile::tempdir().unwrap();
    assert!(exercise(&bytes, scratch.path()).is_err());
}
