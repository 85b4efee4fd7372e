//! `probe` and `index` against files whose properties are known, and against ffprobe.

use std::path::Path;
use std::process::Command;

use crate::support::fixtures::{self, MATRIX, clip};
use crate::support::reelway_media;
use reelway_inspect::index::Index;
use reelway_mp4::{Movie, Sample};
use serde_json::{Value, json};

fn probe(path: &Path) -> Value {
    let output = reelway_media(&[Path::new("probe"), path]);
    assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

/// ffprobe's streams of a file.
fn streams(path: &Path) -> Vec<Value> {
    let output = Command::new("ffprobe")
        .args(["-v", "error", "-of", "json", "-show_streams", "-count_packets"])
        .arg(path)
        .output()
        .expect("ffprobe starts");
    let value: Value = serde_json::from_slice(&output.stdout).unwrap();
    value["streams"].as_array().unwrap().clone()
}

#[test]
fn probe_agrees_with_ffprobe_on_every_fixture() {
    for path in MATRIX.iter().map(fixtures::Fixture::path).chain([fixtures::rotated(), fixtures::wide_offsets()]) {
        let probed = probe(&path);
        for (track, stream) in probed["tracks"].as_array().unwrap().iter().zip(streams(&path)) {
            let place = format!("{} track {}", path.display(), track["id"]);
            assert_eq!(track["kind"], stream["codec_type"], "{place}");
            assert_eq!(track["samples"].to_string(), stream["nb_read_packets"].as_str().unwrap(), "{place}");
            if track["kind"] == "video" {
                assert_eq!(track["video"]["width"], stream["width"], "{place}");
                assert_eq!(track["video"]["height"], stream["height"], "{place}");
            } else {
                assert_eq!(track["audio"]["channels"], stream["channels"], "{place}");
                assert_eq!(track["audio"]["sampleRate"].to_string(), stream["sample_rate"].as_str().unwrap(), "{place}");
            }
        }
    }
}

#[test]
fn a_brief_probe_leaves_out_key_frames_alone() {
    let path = MATRIX[0].path();
    let output = reelway_media(&[Path::new("probe"), Path::new("--brief"), &path]);
    let brief: Value = serde_json::from_slice(&output.stdout).unwrap();
    let mut whole = probe(&path);
    whole["tracks"][0]["video"]["keyFrames"] = json!([]);
    assert_eq!(brief, whole);
}

/// As a whole number of seconds and pixels: what a file of ours says of itself beside its samples.
#[test]
fn probe_tells_what_is_shown_and_what_the_file_says_of_itself() {
    let path = fixtures::edited();
    let edited = probe(&path);
    let track = &edited["tracks"][0];
    let shown = track["shownSeconds"].as_f64().unwrap();
    assert!(shown < track["codedSeconds"].as_f64().unwrap() - 0.4, "{track}");
    assert_eq!(track["shownFromSeconds"], 0.0);
    let told: f64 = streams(&path)[0]["duration"].as_str().unwrap().parse().unwrap();
    assert!((shown - told).abs() < 0.001, "{shown} for {told}");
    assert!(edited["tags"]["encoder"].as_str().unwrap().starts_with("Lavf"));
    assert_eq!((&edited["tagsComplete"], &edited["minorVersion"]), (&json!(true), &json!(512)));
}

#[test]
fn probe_tells_rotation_edits_range_and_key_frames() {
    let video = |path: &Path| probe(path)["tracks"][0]["video"].clone();
    assert_eq!(video(&fixtures::rotated())["rotation"], 270);
    let hdr = MATRIX.iter().find(|fixture| fixture.name == "hevc-10bit-hdr.mp4").unwrap().path();
    assert_eq!((&video(&hdr)["range"], &video(&hdr)["bitDepth"]), (&json!("PQ"), &json!(10)));
    let b_frames = probe(&MATRIX[0].path());
    assert_eq!(b_frames["tracks"][0]["video"]["keyFrames"], json!([0, 25600, 51200]));
    assert_eq!(b_frames["tracks"][0]["video"]["frameRate"], 25.0);
    assert_eq!(b_frames["tracks"][0]["startSeconds"], 0.0);
    assert_eq!(b_frames["tracks"][0]["durationSeconds"], 6.0);
    assert!(probe(&fixtures::edited())["tracks"][0]["startSeconds"].as_f64().unwrap() < -0.4);
}

/// Packets and first presentation times of real clips, measured with ffprobe over the whole files. Clips are left out where
/// ffprobe moves the times: fragmented ones with negative composition offsets, and edits that begin between two pictures.
#[test]
fn packets_and_starts_of_known_clips_are_as_measured() {
    let known = [
        ("sintel-trailer-720p.mp4", "video", 1253, 0.0),
        ("sintel-trailer-720p.mp4", "audio", 2435, 0.0),
        ("bbb-4k60-16s.mp4", "video", 952, 0.0),
        ("bbb-4k60-16s.mp4", "audio", 746, -0.0313),
        ("iphone-hdr-dovi-rot90-editlist.mp4", "audio", 112, -0.0385),
        ("flower-fragmented.mp4", "video", 150, 0.0667),
        ("hevc-1080p-10s.mp4", "audio", 470, -0.0213),
        ("av1-opus.mp4", "video", 60, 0.007),
        ("av1-opus.mp4", "audio", 49, 0.021),
        ("vp9-opus.mp4", "video", 24, 0.007),
        ("av1-1080p60-6min.mp4", "video", 21766, 0.0),
        ("person-139s-432p.mp4", "video", 1394, 0.0),
    ];
    for (name, kind, packets, start) in known {
        let Some(path) = clip(name) else { continue };
        let probed = probe(&path);
        let track = probed["tracks"].as_array().unwrap().iter().find(|track| track["kind"] == kind).unwrap();
        assert_eq!(track["samples"], packets, "{name} {kind}");
        assert!((track["startSeconds"].as_f64().unwrap() - start).abs() < 0.001, "{name} {kind}: {}", track["startSeconds"]);
    }
}

#[test]
fn probe_reads_what_phones_write() {
    let Some(path) = clip("iphone-hdr-dovi-rot90-editlist.mp4") else { return };
    let probed = probe(&path);
    let video = &probed["tracks"][0];
    assert_eq!(video["codecs"], "hvc1.2.4.L120.b0");
    assert_eq!(video["video"]["supplementalCodecs"], "dvh1.08.04/db4h");
    assert_eq!(video["video"]["range"], "HLG");
    assert_eq!(video["video"]["rotation"], 90);
    assert_eq!(video["samples"], 86);
    assert!((video["startSeconds"].as_f64().unwrap() + 0.455).abs() < 0.001, "{}", video["startSeconds"]);
    assert_eq!(probed["tracks"].as_array().unwrap().len(), 4);
}

#[test]
fn an_index_gives_back_every_sample_of_every_fixture() {
    for path in MATRIX.iter().map(fixtures::Fixture::path).chain([fixtures::edited(), fixtures::wide_offsets()]) {
        let output = reelway_media(&[Path::new("index"), &path]);
        assert!(output.status.success(), "{}", path.display());
        let index: Index = serde_json::from_slice(&output.stdout).unwrap();
        index.validate().unwrap();
        let file = std::fs::read(&path).unwrap();
        let movie = Movie::parse(&file).unwrap();
        for (indexed, track) in index.tracks.iter().zip(movie.media_tracks()) {
            let expected: Vec<Sample> =
                track.samples().map(Result::unwrap).map(|sample| Sample { description: 0, ..sample }).collect();
            let found: Vec<Sample> = indexed.samples().map(Result::unwrap).collect();
            assert!(found == expected, "{} track {}", path.display(), track.id);
            assert_eq!(indexed.sample_entry_bytes().as_deref(), Some(&*track.entries[0].bytes));
            let covered: u64 = indexed.gops.windows(2).map(|pair| pair[1].first_sample - pair[0].first_sample).sum();
            assert_eq!(covered, indexed.gops.last().map_or(0, |gop| gop.first_sample), "{} track {}", path.display(), track.id);
        }
        assert_eq!(index.tracks.len(), movie.media_tracks().count());
    }
}

#[test]
fn a_damaged_index_is_refused() {
    let output = reelway_media(&[Path::new("index"), &MATRIX[0].path()]);
    let intact: Value = serde_json::from_slice(&output.stdout).unwrap();
    let broken = |change: &dyn Fn(&mut Value)| {
        let mut document = intact.clone();
        change(&mut document);
        serde_json::from_value::<Index>(document).map_or(true, |index| index.validate().is_err())
    };
    assert!(!broken(&|_| {}));
    assert!(broken(&|index| index["version"] = json!(2)));
    assert!(broken(&|index| index["fileBytes"] = json!(1000)));
    assert!(broken(&|index| index["tracks"][0]["samples"]["count"] = json!(u64::MAX)));
    assert!(broken(&|index| index["tracks"][0]["samples"]["sizes"] = json!("!")));
    assert!(broken(&|index| index["tracks"][0]["samples"]["runs"] = json!("")));
    assert!(broken(&|index| index["unknown"] = json!(1)));
}
