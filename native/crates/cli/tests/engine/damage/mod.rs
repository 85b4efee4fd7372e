//! Damaged and hostile input, over all verbs: a clean error or a valid result, never a panic, never half an output.
//!
//! `REELWAY_FLIPS=10000 cargo test --release --test engine damage` does more damage than the few hundred cases of a plain run.

mod dice;
mod documents;
mod encrypted;
mod exercise;

use std::path::PathBuf;

use crate::support::fixtures::{Fixture, MATRIX, edited};
use dice::Dice;
use exercise::{exercise, stitch_segments};

/// How many cases of random damage each test tries.
fn cases(plain: usize) -> usize {
    std::env::var("REELWAY_FLIPS").ok().and_then(|count| count.parse().ok()).unwrap_or(plain)
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

#[test]
fn a_file_cut_at_every_hundredth_is_refused_or_handled_whole() {
    let scratch = tempfile::tempdir().unwrap();
    for path in victims() {
        let bytes = std::fs::read(&path).unwrap();
        for percent in 0..100 {
            let outcome = exercise(&bytes[..bytes.len() * percent / 100], &bytes, scratch.path());
            let fragmented = path.to_string_lossy().contains("fragmented") || path.to_string_lossy().contains("hybrid");
            // A fragmented file that ends between two fragments is a shorter file; any other lacks samples.
            assert!(fragmented || outcome.is_err(), "{} at {percent} %", path.display());
        }
        assert_eq!(exercise(&bytes, &bytes, scratch.path()), Ok(()), "{}", path.display());
    }
}

#[test]
fn flipped_bits_give_an_error_or_a_valid_result() {
    let flips = cases(480);
    let scratch = tempfile::tempdir().unwrap();
    let victims: Vec<Vec<u8>> = victims().iter().map(|path| std::fs::read(path).unwrap()).collect();
    let mut dice = Dice(0x5eed);
    let mut refused = 0;
    for round in 0..flips {
        let intact = &victims[round % victims.len()];
        let mut bytes = intact.clone();
        dice.flip_headers(&mut bytes);
        refused += usize::from(exercise(&bytes, intact, scratch.path()).is_err());
    }
    assert!(refused > flips / 10, "only {refused} of {flips} were refused: are the flips where they hurt?");
    assert!(refused < flips, "all were refused");
}

#[test]
fn flipped_bits_in_segments_give_an_error_or_a_valid_result() {
    let flips = cases(240);
    let scratch = tempfile::tempdir().unwrap();
    let renditions: Vec<Vec<Vec<u8>>> =
        victims().iter().flat_map(|path| exercise::packaged(&std::fs::read(path).unwrap(), scratch.path())).collect();
    let mut dice = Dice(0x5e9);
    let mut refused = 0;
    for round in 0..flips {
        let mut files = renditions[round % renditions.len()].clone();
        let damaged = dice.below(files.len());
        match dice.below(4) {
            0 if files[damaged].len() > 1 => {
                let length = dice.below(files[damaged].len());
                files[damaged].truncate(length);
            }
            1 => drop(files.remove(damaged)),
            _ => dice.flip_headers(&mut files[damaged]),
        }
        refused += usize::from(stitch_segments(&files, scratch.path()).is_err());
    }
    assert!(refused > flips / 10, "only {refused} of {flips} were refused");
    for files in renditions {
        assert_eq!(stitch_segments(&files, scratch.path()), Ok(()));
    }
}

#[test]
fn flipped_bits_in_pictures_are_refused_or_encrypted_as_they_are() {
    let flips = cases(320);
    let scratch = tempfile::tempdir().unwrap();
    let victims: Vec<Vec<u8>> = victims().iter().map(|path| std::fs::read(path).unwrap()).collect();
    let mut dice = Dice(0xc1f4);
    let mut refused = 0;
    for round in 0..flips {
        let mut bytes = victims[round % victims.len()].clone();
        dice.flip_media(&mut bytes);
        refused += usize::from(encrypted::package_encrypted(&bytes, scratch.path()).is_err());
    }
    assert!(refused > 0 && refused < flips, "{refused} of {flips} were refused");
}

#[test]
fn a_small_file_can_not_claim_millions_of_samples() {
    let intact = std::fs::read(MATRIX[0].path()).unwrap();
    let mut bytes = intact.clone();
    // One size for four thousand million samples, with durations to match: 20 bytes of lies.
    let at = bytes.windows(4).position(|four| four == b"stsz").unwrap();
    bytes[at + 8..at + 16].copy_from_slice(&[0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    let at = bytes.windows(4).position(|four| four == b"stts").unwrap();
    bytes[at + 12..at + 16].copy_from_slice(&[0xff, 0xff, 0xff, 0xff]);
    let scratch = tempfile::tempdir().unwrap();
    assert!(exercise(&bytes, &intact, scratch.path()).is_err());
}

#[test]
fn an_edit_that_delays_by_ages_is_no_reason_to_stumble() {
    let intact = std::fs::read(edited()).unwrap();
    let mut bytes = intact.clone();
    // The track's clock at its fastest and the movie's at its slowest turn a delay of days into more ticks than an i64 holds.
    let at = bytes.windows(4).position(|four| four == b"mvhd").unwrap();
    bytes[at + 16..at + 20].copy_from_slice(&1u32.to_be_bytes());
    let at = bytes.windows(4).position(|four| four == b"mdhd").unwrap();
    bytes[at + 16..at + 20].copy_from_slice(&0x8000_0000u32.to_be_bytes());
    let at = bytes.windows(4).position(|four| four == b"elst").unwrap();
    bytes[at + 12..at + 20].copy_from_slice(&[0xff; 8]);
    let scratch = tempfile::tempdir().unwrap();
    let _ = exercise(&bytes, &intact, scratch.path());
}
