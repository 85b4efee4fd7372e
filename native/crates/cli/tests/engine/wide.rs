//! Media beyond 4 GiB: chunk offsets of 64 bits, written and read. The files have holes where nobody reads.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::cut::all_chunks_show_what_the_source_shows;
use crate::package::assert_same_packets;
use crate::support::fixtures::MATRIX;
use crate::support::packaged::packets;
use crate::support::remade::Remade;
use crate::support::{frame_hashes, package, reelway_media};
use reelway_mapped_file::MappedFile;
use reelway_mp4::{Boxes, Movie};
use serde_json::Value;

const HOLE: u64 = 5 << 30;

/// Six seconds of pictures with a hole of 5 GiB before the second key frame.
fn wide(scratch: &Path) -> PathBuf {
    let (place, source) = (scratch.join("wide.mp4"), std::fs::read(MATRIX[0].path()).unwrap());
    let remade = Remade::of(&source);
    remade.write(&place, Some((remade.keys()[1], HOLE)));
    place
}

/// Where ffprobe finds each packet, and how large.
fn places_for_ffprobe(path: &Path) -> Vec<(u64, u64)> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-select_streams", "v:0", "-show_entries", "packet=size,pos", "-of", "json"])
        .arg(path)
        .output()
        .expect("ffprobe starts");
    assert!(output.status.success() && output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    let number = |packet: &Value, name: &str| packet[name].as_str().unwrap().parse().unwrap();
    value["packets"].as_array().unwrap().iter().map(|packet| (number(packet, "pos"), number(packet, "size"))).collect()
}

#[test]
fn media_beyond_4_gib_is_written_as_our_reader_and_ffmpeg_find_it() {
    let scratch = tempfile::tempdir().unwrap();
    let path = wide(scratch.path());
    let (file, source) = (MappedFile::open(&path).unwrap(), std::fs::read(MATRIX[0].path()).unwrap());
    let header = file.get(..64 << 10).unwrap();
    let has = |kind: &[u8; 4]| header.windows(4).any(|four| four == kind);
    assert!(file.len() as u64 > HOLE && has(b"co64") && !has(b"stco"));
    let order: Vec<String> = Boxes::new(&file).map(|found| found.kind.to_string()).collect();
    assert_eq!(order, ["ftyp", "moov", "mdat"]);
    assert!(packets(&file, None) == packets(&source, Some(1)), "packets, times or key frames differ");
    let movie = Movie::parse(&file).unwrap();
    let places = movie.tracks[0].samples().map(|sample| sample.map(|sample| (sample.offset, u64::from(sample.size))).unwrap());
    assert_eq!(places_for_ffprobe(&path), places.collect::<Vec<_>>());
    let how = ["-fps_mode", "passthrough"];
    assert!(frame_hashes(&path, &[], "0:v:0", &how) == frame_hashes(&MATRIX[0].path(), &[], "0:v:0", &how));
}

#[test]
fn media_beyond_4_gib_is_described_cut_and_packaged() {
    let scratch = tempfile::tempdir().unwrap();
    let path = wide(scratch.path());
    let probe: Value = serde_json::from_slice(&reelway_media(&[Path::new("probe"), &path]).stdout).unwrap();
    assert!(probe["bytes"].as_u64().unwrap() > HOLE);
    assert_eq!(probe["tracks"][0]["samples"], 150);
    for flags in [&["--segment-duration", "2"][..], &["--segment-duration", "2", "--single-file"]] {
        assert_same_packets(&path, &package(&[&path], scratch.path(), flags));
    }
    all_chunks_show_what_the_source_shows(path, 1);
}
