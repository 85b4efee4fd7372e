//! Shaka Packager beside the engine: it decrypts what we encrypt, and encrypts the same bytes of pictures.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::{KEY, KEY_ID, SCHEMES, flags, streams};
use crate::support::decrypt::EncryptedRendition;
use crate::support::fixtures::{Fixture, MATRIX};
use crate::support::{frame_hashes, package};

/// The program that `SHAKA_PACKAGER` names; `None`, with a word on stderr, without.
fn shaka() -> Option<PathBuf> {
    let named = std::env::var_os("SHAKA_PACKAGER").map(PathBuf::from);
    if named.is_none() {
        eprintln!("skipped: no Shaka Packager (set SHAKA_PACKAGER to its program)");
    }
    named
}

fn run(program: &Path, input: &Path, stream: &str, output: &Path, flags: &[&str]) {
    let descriptor = format!("in={},stream={stream},output={}", input.display(), output.display());
    let keys = format!("key_id={KEY_ID}:key={KEY}");
    let result = Command::new(program).arg(descriptor).args(flags).args(["--keys", &keys]).output().unwrap();
    assert!(result.status.success(), "{}: {}", input.display(), String::from_utf8_lossy(&result.stderr));
}

/// Protected bytes of each sample, from where to where. `aligned` moves each to the whole blocks at its end: what the bindings
/// of AV1 and VP9 ask for, and Shaka Packager leaves out.
fn protected(rendition: &EncryptedRendition, aligned: bool) -> Vec<Vec<(usize, usize)>> {
    let of_sample = |parts: &[(usize, usize)]| {
        let mut place = 0;
        let mut found = Vec::new();
        for (clear, bytes) in parts {
            let skipped = if aligned { bytes % 16 } else { 0 };
            found.push((place + clear + skipped, place + clear + bytes));
            place += clear + bytes;
        }
        found.retain(|(from, to)| to > from);
        found
    };
    rendition.samples.iter().map(|sample| of_sample(&sample.parts)).collect()
}

#[test]
fn shaka_packager_decrypts_it() {
    let Some(program) = shaka() else { return };
    let names = ["h264-b-frames.mp4", "h264-ac3.mp4", "hevc-10bit-hdr.mp4", "vp9-flac.mp4", "av1-opus.mp4"];
    for fixture in MATRIX.iter().filter(|fixture| names.contains(&fixture.name)) {
        for scheme in SCHEMES {
            let scratch = tempfile::tempdir().unwrap();
            let folder = package(&[&fixture.path()], scratch.path(), &[&flags(scheme)[..], &["--single-file"]].concat());
            let clear = package(&[&fixture.path()], scratch.path(), &["--single-file", "--segment-duration", "2"]);
            for (id, stream) in [("video-1", "video"), ("audio-1", "audio")] {
                let decrypted = scratch.path().join(format!("{stream}.mp4"));
                run(&program, &folder.join(id).join("media.mp4"), stream, &decrypted, &["--enable_raw_key_decryption"]);
                let expected = frame_hashes(&clear.join(id).join("media.mp4"), &[], "0", &[]);
                assert_eq!(frame_hashes(&decrypted, &[], "0", &[]), expected, "{} {scheme} {stream}", fixture.name);
            }
        }
    }
}

#[test]
fn shaka_packager_leaves_the_same_bytes_clear() {
    let Some(program) = shaka() else { return };
    let names = ["h264-b-frames.mp4", "h264-open-gop.mp4", "hevc-10bit-hdr.mp4", "av1-opus.mp4"];
    let fixtures = MATRIX.iter().filter(|fixture| names.contains(&fixture.name)).map(Fixture::path);
    // It does not read these: fields of other sizes than frames, and AV1 without chroma.
    let odd = |source: &PathBuf| ["vp9", "444"].iter().any(|word| source.to_string_lossy().contains(word));
    for source in fixtures.chain(streams()).filter(|source| !odd(source)) {
        let scratch = tempfile::tempdir().unwrap();
        let folder = package(&[&source], scratch.path(), &[&flags("cbcs")[..], &["--single-file"]].concat());
        let theirs = scratch.path().join("theirs.mp4");
        let encryption = ["--enable_raw_key_encryption", "--protection_scheme", "cbcs", "--clear_lead", "0"];
        run(&program, &source, "video", &theirs, &encryption);
        let read = |path: &Path| EncryptedRendition::read(&std::fs::read(path).unwrap());
        let aligned = source.to_string_lossy().contains("av1");
        let (ours, theirs) = (read(&folder.join("video-1/media.mp4")), read(&theirs));
        assert!(protected(&ours, false) == protected(&theirs, aligned), "{}", source.display());
    }
}
