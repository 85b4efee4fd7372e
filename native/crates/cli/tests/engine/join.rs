//! `stitch` undoes `package`; `concat` lays files one behind the other. Both decode as what went in.

use std::path::{Path, PathBuf};

use crate::support::fixtures::{self, LADDER, MATRIX, clip};
use crate::support::packaged::{packets, shown_from};
use crate::support::{frame_hashes, package, reelway_media};
use reelway_mp4::{Movie, TrackKind};

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Runs a verb over inputs; panics with its words when it fails.
fn join(verb: &str, inputs: &[&Path], output: &Path) {
    let mut arguments = vec![verb, "-o", text(output)];
    arguments.extend(inputs.iter().map(|input| text(input)));
    let result = reelway_media(&arguments);
    assert!(result.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&result.stderr));
}

/// The renditions' folders of a packaged title, pictures first.
fn renditions(folder: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    found.retain(|path| path.is_dir());
    found.sort_by_key(|path| (!text(path).contains("video-"), path.clone()));
    found
}

/// Every usable track's packets: bytes, presentation times, key frames.
fn assert_same_tracks(expected: &Path, found: &Path) {
    let (expected_bytes, found_bytes) = (std::fs::read(expected).unwrap(), std::fs::read(found).unwrap());
    let expected_movie = Movie::parse(&expected_bytes).unwrap();
    let found_movie = Movie::parse(&found_bytes).unwrap();
    for kind in [TrackKind::Video, TrackKind::Audio] {
        let usable = |movie: &Movie<'_>| -> Vec<u32> {
            let tracks = movie.media_tracks().filter(|track| track.kind == kind && track.samples().next().is_some());
            tracks.map(|track| track.id).collect()
        };
        let (expected_ids, found_ids) = (usable(&expected_movie), usable(&found_movie));
        let limit = if kind == TrackKind::Video { 1 } else { usize::MAX };
        assert_eq!(found_ids.len(), expected_ids.len().min(limit), "{}: {kind:?} tracks", expected.display());
        for (expected_id, found_id) in expected_ids.iter().zip(&found_ids) {
            let (before, after) = (packets(&expected_bytes, Some(*expected_id)), packets(&found_bytes, Some(*found_id)));
            assert!(before == after, "{}: {kind:?} packets, times or key frames differ", expected.display());
            let starts =
                [(&expected_bytes, *expected_id), (&found_bytes, *found_id)].map(|(file, id)| shown_from(file, Some(id)));
            assert_eq!(starts[0], starts[1], "{}: {kind:?} starts elsewhere", expected.display());
        }
    }
}

#[test]
fn what_was_packaged_is_stitched_together_again() {
    for source in MATRIX.iter().map(fixtures::Fixture::path).chain(fixtures::special()) {
        let scratch = tempfile::tempdir().unwrap();
        let stitched = scratch.path().join("stitched.mp4");
        let folder = package(&[&source], scratch.path(), &["--segment-duration", "2"]);
        let folders = renditions(&folder);
        join("stitch", &folders.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &stitched);
        assert_same_tracks(&source, &stitched);
        // The header comes first, and ffmpeg shows the same pictures and plays the same sound.
        let bytes = std::fs::read(&stitched).unwrap();
        let order: Vec<String> = reelway_mp4::Boxes::new(&bytes).map(|found| found.kind.to_string()).collect();
        assert_eq!(order, ["ftyp", "moov", "mdat"]);
        // ffmpeg drops what an edit list hides only in files without fragments.
        if text(&source).contains("h264-fragmented") || text(&source).contains("hybrid") {
            continue;
        }
        for (stream, how) in [("0:v:0", &["-fps_mode", "passthrough"][..]), ("0:a:0?", &[])] {
            let (expected, found) = (frame_hashes(&source, &[], stream, how), frame_hashes(&stitched, &[], stream, how));
            assert!(expected == found, "{} {stream}: {} decoded, {} expected", source.display(), found.len(), expected.len());
        }
    }
}

#[test]
fn real_clips_are_stitched_together_again() {
    for name in ["iphone-hdr-dovi-rot90-editlist.mp4", "cursed-vfr-screen.mp4", "multi-audio-51.mp4", "sintel-trailer-720p.mp4"] {
        let Some(source) = clip(name) else { continue };
        let scratch = tempfile::tempdir().unwrap();
        let stitched = scratch.path().join("stitched.mp4");
        let folders = renditions(&package(&[&source], scratch.path(), &[]));
        join("stitch", &folders.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &stitched);
        assert_same_tracks(&source, &stitched);
    }
}

#[test]
fn a_single_file_layout_and_plain_files_are_stitched_too() {
    let scratch = tempfile::tempdir().unwrap();
    let source = MATRIX[0].path();
    let folder = package(&[&source], scratch.path(), &["--single-file"]);
    let stitched = scratch.path().join("stitched.mp4");
    join("stitch", &[&folder.join("video-1/media.mp4"), &folder.join("audio-1/media.mp4")], &stitched);
    assert_same_tracks(&source, &stitched);
    join("stitch", &[&source], &stitched);
    assert_same_tracks(&source, &stitched);
}

#[test]
fn a_late_start_by_clocks_far_apart_is_written_as_readers_take_it() {
    let scratch = tempfile::tempdir().unwrap();
    let (source, stitched) = (fixtures::clocks_apart(), scratch.path().join("stitched.mp4"));
    join("stitch", &[&source], &stitched);
    let bytes = std::fs::read(&stitched).unwrap();
    assert!(Movie::parse(&bytes).unwrap().timescale <= reelway_mp4::limits::MAX_TIMESCALE);
    let expected = frame_hashes(&source, &[], "0:a:0", &[]);
    assert_eq!(frame_hashes(&stitched, &[], "0:a:0", &[]), expected);
}

#[test]
fn the_first_of_several_sounds_plays_by_itself() {
    let scratch = tempfile::tempdir().unwrap();
    let tone = |frequency: u32| format!("sine=frequency={frequency}:duration=3");
    let arguments = format!(
        "-f lavfi -i testsrc2=size=160x90:rate=25:duration=3 -f lavfi -i {} -f lavfi -i {} -map 0 -map 1 -map 2 \
         -c:v libx264 -preset ultrafast -c:a aac -metadata:s:a:0 language=fra -metadata:s:a:1 language=spa",
        tone(300),
        tone(500)
    );
    let source = fixtures::make("three-seconds-two-sounds.mp4", &arguments.split_whitespace().collect::<Vec<_>>());
    let folders = renditions(&package(&[&source], scratch.path(), &["--segment-duration", "1"]));
    let stitched = scratch.path().join("stitched.mp4");
    join("stitch", &folders.iter().map(PathBuf::as_path).collect::<Vec<_>>(), &stitched);
    assert_same_tracks(&source, &stitched);
    let bytes = std::fs::read(&stitched).unwrap();
    let movie = Movie::parse(&bytes).unwrap();
    let told: Vec<_> = movie.tracks.iter().map(|track| (track.kind, track.language.as_str(), track.enabled)).collect();
    assert_eq!(told, [(TrackKind::Video, "und", true), (TrackKind::Audio, "fra", true), (TrackKind::Audio, "spa", false)]);
}

#[test]
fn a_missing_segment_is_told_and_nothing_written() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = package(&[&MATRIX[0].path()], scratch.path(), &["--segment-duration", "2"]).join("video-1");
    std::fs::remove_file(folder.join("seg-00002.m4s")).unwrap();
    let output = scratch.path().join("stitched.mp4");
    let result = reelway_media(&["stitch", "-o", text(&output), text(&folder)]);
    assert_eq!(result.status.code(), Some(3));
    assert!(String::from_utf8_lossy(&result.stderr).contains("seg-00002.m4s: the segment is missing"), "{result:?}");
    assert!(!output.exists());
}

#[test]
fn files_one_behind_the_other_show_all_their_pictures_in_time() {
    let scratch = tempfile::tempdir().unwrap();
    for name in ["h264-b-frames.mp4", "h264-vfr.mp4", "vp9-flac.mp4", "av1-opus.mp4", "h264-ac3.mp4", "h264-fragmented.mp4"] {
        let source = MATRIX.iter().find(|fixture| fixture.name == name).unwrap().path();
        let joined = scratch.path().join(name);
        join("concat", &[&source, &source, &source], &joined);
        let (one, three) = (std::fs::read(&source).unwrap(), std::fs::read(&joined).unwrap());
        let (one, three) = (packets(&one, None), packets(&three, None));
        assert_eq!(three.len(), 3 * one.len(), "{name}");
        let last = three.last().unwrap().time;
        for (number, part) in three.chunks(one.len()).enumerate() {
            let offset = part[0].time - one[0].time;
            assert!(
                part.iter().zip(&one).all(|(after, before)| after.bytes == before.bytes && after.time - before.time == offset)
            );
            assert!(number == 0 || offset > 0 && offset < last, "{name}: {offset}");
        }
        let how = &["-fps_mode", "passthrough"];
        let pictures = if name.contains("fragmented") {
            frame_hashes(&joined, &[], "0:v:0", how)[..one.len()].to_vec()
        } else {
            frame_hashes(&source, &[], "0:v:0", how)
        };
        assert!(
            frame_hashes(&joined, &[], "0:v:0", how) == [pictures.clone(), pictures.clone(), pictures].concat(),
            "{name}: other pictures"
        );
        // Sound stays with the pictures: its whole length is three times one's, give or take a packet a border.
        if let Some(seconds) = audio_seconds(&source) {
            let all = audio_seconds(&joined).unwrap();
            assert!((all - 3.0 * seconds).abs() < 0.1, "{name}: {all} s of sound");
        }
    }
}

/// How long the first sound lasts, by its packets.
fn audio_seconds(path: &Path) -> Option<f64> {
    let bytes = std::fs::read(path).unwrap();
    let movie = Movie::parse(&bytes).unwrap();
    let track = movie.tracks.iter().find(|track| track.kind == TrackKind::Audio)?;
    let last = track.samples().last()?.unwrap();
    let end = last.composition_time() + track.presentation_shift() + i64::from(last.duration);
    Some(end as f64 / f64::from(track.timescale))
}

#[test]
fn files_that_do_not_fit_are_refused_by_name() {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("joined.mp4");
    let refused = |inputs: &[&Path], word: &str| {
        let mut arguments = vec!["concat", "-o", text(&output)];
        arguments.extend(inputs.iter().map(|input| text(input)));
        let result = reelway_media(&arguments);
        let words = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(result.status.code() == Some(3) && words.contains(word), "{words}");
        assert!(!output.exists());
    };
    refused(&[&LADDER[0].path(), &LADDER[1].path()], "ladder-90p.mp4: the ");
    refused(&[&MATRIX[0].path(), &MATRIX[1].path()], "has 1 tracks, the first file has 2");
    let edited = fixtures::edited();
    refused(&[&edited, &edited], "an edit list hides its first pictures");
}
