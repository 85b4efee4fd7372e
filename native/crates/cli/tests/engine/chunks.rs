//! A title packaged by chunks, on machines that know nothing of each other, is the title packaged whole: the same bytes in
//! segments, playlists and manifest.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::encryption;
use crate::support::fixtures::{self, Fixture};
use crate::support::packaged::{PackagedRendition, packets};
use crate::support::{package, reelway_media};
use serde_json::Value;

/// Encodes with a key frame each 50 pictures and nowhere else, as a chunk's encoder is told to.
const GRIDS: &[(&str, &str)] = &[
    ("h264", "-c:v libx264 -preset fast -bf 3 -x264-params keyint=50:min-keyint=50:scenecut=0:open-gop=0:stitchable=1"),
    (
        "hevc",
        "-c:v libx265 -preset fast -x265-params log-level=none:keyint=50:min-keyint=50:scenecut=0:open-gop=0:info=0:repeat-headers=0",
    ),
    ("vp9", "-c:v libvpx-vp9 -deadline realtime -cpu-used 8 -g 50 -keyint_min 50"),
    ("av1", "-c:v libsvtav1 -preset 12 -g 50 -svtav1-params scd=0"),
];

/// Runs the program; panics with its words when it fails.
fn run(arguments: &[&str]) -> Value {
    let result = reelway_media(arguments);
    assert!(result.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&result.stderr));
    serde_json::from_slice(&result.stdout).unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// A rendition encoded whole: ten seconds at 25 pictures a second.
fn encoded(name: &str, codec: &str, scale: &str) -> PathBuf {
    let file = format!("grid-{name}-{scale}.mp4");
    let filter = format!("scale={}", scale.replace('x', ":"));
    let mut arguments = vec!["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=10", "-vf", &filter];
    arguments.extend(codec.split(' '));
    arguments.extend(["-video_track_timescale", "25000"]);
    fixtures::make(&file, &arguments)
}

/// The same sound for all.
fn sound() -> PathBuf {
    fixtures::make("grid-sound.mp4", &["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=48000:duration=10", "-c:a", "aac"])
}

/// One chunk of an encode as a file of its own, copied packet by packet; ffmpeg starts its clock anew, as an encoder would.
fn chunk_of(encode: &Path, from: usize, to: usize, scratch: &Path) -> PathBuf {
    let index = scratch.join("index.json");
    std::fs::write(&index, reelway_media(&["index", text(encode)]).stdout).unwrap();
    let chunk = scratch.join(format!("chunk-{from}.mp4"));
    let (from, to) = (from.to_string(), to.to_string());
    run(&["cut", "--index", text(&index), "--from", &from, "--to", &to, "-o", text(&chunk), text(encode)]);
    let fragmented = chunk.with_extension("fmp4");
    let status = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error", "-y", "-i", text(&chunk), "-c", "copy"])
        .args(["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", text(&fragmented)])
        .status()
        .unwrap();
    assert!(status.success());
    fragmented
}

/// Every file below a folder: its name, and its bytes.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in std::fs::read_dir(next).unwrap().map(Result::unwrap) {
            if entry.path().is_dir() {
                folders.push(entry.path());
            } else {
                let name = entry.path().strip_prefix(folder).unwrap().to_string_lossy().into_owned();
                found.push((name, std::fs::read(entry.path()).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn is_playlist(file: &str) -> bool {
    Path::new(file).extension().is_some_and(|extension| extension == "m3u8" || extension == "mpd")
}

/// Chunks of two groups of pictures, two and one: 4, 4 and 2 seconds; two segments in each of the first.
const CHUNKS: [(usize, usize); 3] = [(0, 2), (2, 4), (4, 5)];
const TICKS: usize = 50_000;

/// Packages the chunks of a ladder, gathers their segments in `title`, and gives the reports.
fn package_chunks(renditions: &[PathBuf], scratch: &Path, title: &Path, encryption: &[&str]) -> Vec<PathBuf> {
    let mut reports = Vec::new();
    for (from, to) in CHUNKS {
        let inputs: Vec<PathBuf> = renditions
            .iter()
            .enumerate()
            .map(|(number, rendition)| {
                let folder = scratch.join(format!("rendition-{number}"));
                std::fs::create_dir_all(&folder).unwrap();
                chunk_of(rendition, from, to, &folder)
            })
            .collect();
        let (output, report) = (scratch.join(format!("packaged-{from}")), scratch.join(format!("report-{from}.json")));
        let (first, base, end) = ((from + 1).to_string(), format!("{}/25000", from * TICKS), format!("{}/25000", to * TICKS));
        let mut arguments =
            vec!["package", "--chunk", "--segment-duration", "2", "--first-segment", &first, "--base-time", &base];
        arguments.extend(["--end-time", &end, "--report", text(&report), "-o", text(&output)]);
        arguments.extend(encryption);
        arguments.extend(inputs.iter().map(|input| text(input)));
        run(&arguments);
        for (name, bytes) in files(&output) {
            let place = title.join(&name);
            std::fs::create_dir_all(place.parent().unwrap()).unwrap();
            assert!(!place.exists() || std::fs::read(&place).unwrap() == bytes, "two chunks disagree about {name}");
            std::fs::write(place, bytes).unwrap();
        }
        reports.push(report);
    }
    reports
}

#[test]
fn chunks_give_byte_for_byte_what_the_whole_gives() {
    let (cenc, cbcs) = (encryption::flags("cenc"), encryption::flags("cbcs"));
    for ((name, codec), flags) in GRIDS.iter().flat_map(|grid| [&[][..], &cenc, &cbcs].map(|flags| (grid, flags))) {
        let scratch = tempfile::tempdir().unwrap();
        let renditions = [encoded(name, codec, "320x180"), encoded(name, codec, "160x90")];
        let plain = ["--segment-duration", "2"];
        let whole_flags = if flags.is_empty() { &plain[..] } else { flags };
        let whole = package(&[&renditions[0], &renditions[1], &sound()], scratch.path(), whole_flags);
        // What encrypts a chunk: all but where players get the key, and the segments' duration that every chunk has anyway.
        let (keys, access) = flags.split_at(flags.len().min(6));
        let access = &access[..access.len().min(2)];

        let title = scratch.path().join("title");
        let mut reports = package_chunks(&renditions, scratch.path(), &title, keys);
        let (audio, report) = (scratch.path().join("audio"), scratch.path().join("audio.json"));
        let borders = "50000/25000,100000/25000,150000/25000,200000/25000";
        let sound = sound();
        let packaged = ["package", "--hls", "--segment-duration", "2", "--borders", borders, "--report", text(&report)];
        run(&[&packaged[..], &["-o", text(&audio), text(&sound)], keys, access].concat());
        for (file, bytes) in files(&audio.join("audio-1")).into_iter().filter(|(file, _)| !is_playlist(file)) {
            std::fs::create_dir_all(title.join("audio-1")).unwrap();
            std::fs::write(title.join("audio-1").join(file), bytes).unwrap();
        }
        // The order of the reports says nothing.
        reports.reverse();
        reports.push(report);
        let manifests = scratch.path().join("manifests");
        let mut arguments = vec!["manifest", "-o", text(&manifests)];
        arguments.extend(reports.iter().map(|report| text(report)));
        if !access.is_empty() {
            assert_eq!(reelway_media(&arguments).status.code(), Some(2), "playlists without a key's URI");
        }
        arguments.extend(access);
        run(&arguments);
        for (file, bytes) in files(&manifests) {
            std::fs::write(title.join(file), bytes).unwrap();
        }

        let (expected, found) = (files(&whole), files(&title));
        let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names(&found), names(&expected), "{name}");
        for ((file, ours), (_, theirs)) in found.iter().zip(&expected) {
            let readable = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            assert!(
                ours == theirs,
                "{name}: {file} differs{}",
                if is_playlist(file) { format!(":\n{}\n{}", readable(ours), readable(theirs)) } else { String::new() }
            );
        }
    }
}

#[test]
fn pictures_at_uneven_times_keep_them() {
    let scratch = tempfile::tempdir().unwrap();
    let filter = "select=not(mod(n\\,3))+not(mod(n\\,7))";
    let arguments = ["-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25:duration=10", "-vf", filter, "-fps_mode", "vfr"];
    let codec = "-c:v libx264 -preset fast -bf 3 -g 20 -sc_threshold 0 -video_track_timescale 25000";
    let encode = fixtures::make("grid-vfr.mp4", &[&arguments[..], &codec.split(' ').collect::<Vec<_>>()].concat());
    let folder = package(&[&encode], scratch.path(), &["--segment-duration", "1"]);
    let rendition = PackagedRendition::read(&folder.join("video-1"), "playlist.m3u8");
    // What EXTINF adds up to is where the next segment's decode time stands: nothing drifts.
    let mut elapsed = 0.0;
    for (segment, seconds) in rendition.segments.iter().zip(&rendition.durations) {
        let alone = packets(&[rendition.init.clone(), segment.clone()].concat(), None);
        let first = alone.iter().map(|packet| packet.time).min().unwrap();
        assert!((first as f64 / 25000.0 - elapsed).abs() < 1e-5, "{first} at {elapsed}");
        elapsed += seconds;
    }
    assert!(rendition.segments.len() > 3);
}

#[test]
fn a_growing_title_is_listed_as_far_as_it_goes() {
    let scratch = tempfile::tempdir().unwrap();
    let (name, codec) = GRIDS[0];
    let title = scratch.path().join("title");
    let reports = package_chunks(&[encoded(name, codec, "320x180")], scratch.path(), &title, &[]);
    let list = |reports: &[&PathBuf], output: &str| {
        let output = scratch.path().join(output);
        let mut arguments = vec!["manifest", "--growing", "--available-since", "2026-01-01T00:00:00Z", "--target-duration", "6"];
        arguments.extend(["--bandwidth", "video-1=3000000", "-o", text(&output)]);
        arguments.extend(reports.iter().map(|report| text(report)));
        (reelway_media(&arguments), output)
    };
    // The last chunk came before the middle one: only the first is listed.
    let (result, output) = list(&[&reports[2], &reports[0]], "first");
    let summary: Value = serde_json::from_slice(&result.stdout).unwrap();
    assert_eq!((&summary["growing"], &summary["endSeconds"]), (&true.into(), &4.0.into()));
    let playlist = std::fs::read_to_string(output.join("video-1/playlist.m3u8")).unwrap();
    assert!(playlist.contains("PLAYLIST-TYPE:EVENT") && playlist.contains("TARGETDURATION:6") && !playlist.contains("ENDLIST"));
    assert!(playlist.ends_with("seg-00002.m4s\n"), "{playlist}");
    let main = std::fs::read_to_string(output.join("main.m3u8")).unwrap();
    assert!(main.contains("BANDWIDTH=3000000,CODECS") && !main.contains("AVERAGE"), "{main}");
    let mpd = std::fs::read_to_string(output.join("manifest.mpd")).unwrap();
    assert!(mpd.contains("type=\"dynamic\" availabilityStartTime=\"2026-01-01T00:00:00Z\""), "{mpd}");
    // Nothing from the start: nothing to list.
    assert_eq!(list(&[&reports[1]], "none").0.status.code(), Some(3));
    // What lacks a chunk is not whole.
    let whole = scratch.path().join("whole");
    let result = reelway_media(&["manifest", "-o", text(&whole), text(&reports[0]), text(&reports[2])]);
    assert_eq!(result.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&result.stderr).contains("segment 5 where segment 3 should be"));
    assert!(!whole.exists());
}

#[test]
fn a_chunk_that_does_not_keep_to_the_plan_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let (name, codec) = GRIDS[0];
    let encode = encoded(name, codec, "320x180");
    let chunk = chunk_of(&encode, 0, 2, scratch.path());
    let attempt = |input: &Path, more: &[&str]| {
        let (output, report) = (scratch.path().join("out"), scratch.path().join("out.json"));
        let arguments =
            ["package", "--chunk", "--base-time", "0/25000", "--report", text(&report), "-o", text(&output), text(input)];
        let result = reelway_media(&[&arguments[..], more].concat());
        assert!(!output.exists() || result.status.success());
        let words = String::from_utf8_lossy(&result.stderr).into_owned();
        let _ = std::fs::remove_dir_all(output);
        (result.status.code(), words)
    };
    let (code, words) = attempt(&chunk, &["--borders", "60000/25000"]);
    assert!(code == Some(3) && words.contains("no key frame at the planned segment start 2.4"), "{words}");
    let (code, words) = attempt(&chunk, &["--end-time", "99000/25000"]);
    assert!(code == Some(3) && words.contains("behind its planned end"), "{words}");
    assert_eq!(attempt(&chunk, &["--borders", "50000/25000", "--end-time", "100000/25000"]).0, Some(0));
    assert_eq!(attempt(&chunk, &["--hls"]).0, Some(2));
    let open: &Fixture = &fixtures::MATRIX[1];
    let (code, words) = attempt(&open.path(), &["--segment-duration", "1"]);
    assert!(code == Some(3) && words.contains("must decode each on its own"), "{words}");
}
