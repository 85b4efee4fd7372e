//! `cut`: the pictures of all chunks, one behind the other, are the source's.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::fixtures::{self, MATRIX, clip};
use crate::support::packaged::{Packet, packets};
use crate::support::reelway_media;
use crate::support::remade::Remade;
use serde_json::Value;

/// One decoded picture: when it is shown, in ticks of the track, and its hash.
type Picture = (i64, String);

/// The pictures that ffmpeg shows of the first video track.
fn pictures(path: &Path, timescale: u64) -> Vec<Picture> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "quiet", "-noautorotate", "-i"])
        .arg(path)
        .args(["-map", "0:v:0", "-fps_mode", "passthrough", "-enc_time_base", &format!("1:{timescale}")])
        .args(["-f", "framemd5", "-"])
        .output()
        .expect("ffmpeg starts");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines
        .map(|line| {
            let fields: Vec<&str> = line.split(',').map(str::trim).collect();
            (fields[2].parse().expect("a time"), fields[5].to_owned())
        })
        .collect()
}

struct Source {
    path: PathBuf,
    index: PathBuf,
    key_frames: usize,
    timescale: u64,
}

impl Source {
    fn index(path: PathBuf, scratch: &Path) -> Self {
        let output = reelway_media(&[Path::new("index"), &path]);
        assert!(output.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&output.stderr));
        let index = scratch.join("index.json");
        std::fs::write(&index, &output.stdout).unwrap();
        let document: Value = serde_json::from_slice(&output.stdout).unwrap();
        let video =
            document["tracks"].as_array().unwrap().iter().find(|track| track["handler"] == "vide").expect("a video track");
        let key_frames = video["gops"].as_array().unwrap().len();
        Self { path, index, key_frames, timescale: video["timescale"].as_u64().unwrap() }
    }

    fn cut(&self, from: usize, to: usize, output: &Path) -> std::process::Output {
        let (from, to) = (from.to_string(), to.to_string());
        let arguments: [&std::ffi::OsStr; 10] = [
            "cut".as_ref(),
            "--index".as_ref(),
            self.index.as_os_str(),
            "--from".as_ref(),
            from.as_ref(),
            "--to".as_ref(),
            to.as_ref(),
            "-o".as_ref(),
            output.as_os_str(),
            self.path.as_os_str(),
        ];
        reelway_media(&arguments)
    }
}

/// Cuts a file at every `step`th key frame and compares what the chunks show with what the file shows.
pub(crate) fn all_chunks_show_what_the_source_shows(path: PathBuf, step: usize) {
    let scratch = tempfile::tempdir().unwrap();
    let source = Source::index(path, scratch.path());
    let name = source.path.display();
    let expected = pictures(&source.path, source.timescale);
    assert!(!expected.is_empty(), "{name}: ffmpeg decodes it");
    let mut found: Vec<Picture> = Vec::new();
    let mut from = 0;
    while from < source.key_frames {
        let to = (from + step).min(source.key_frames);
        let output = scratch.path().join("chunk.mp4");
        let result = source.cut(from, to, &output);
        let problem = String::from_utf8_lossy(&result.stderr).into_owned();
        if problem.contains("no picture of the range is shown") {
            from = to;
            continue;
        }
        assert!(result.status.success(), "{name} {from}-{to}: {problem}");
        let report: Value = serde_json::from_slice(&result.stdout).unwrap();
        let start = report["start"].as_i64().unwrap();
        let shown = pictures(&output, source.timescale);
        assert_eq!(shown.len(), usize::try_from(report["pictures"].as_u64().unwrap()).unwrap(), "{name} {from}-{to}: {report}");
        assert_eq!(shown[0].0, 0, "{name} {from}-{to}: the first picture is shown at once");
        found.extend(shown.into_iter().map(|(time, hash)| (time + start, hash)));
        from = usize::try_from(report["toKeyFrame"].as_u64().unwrap()).unwrap();
    }
    assert_eq!(found.len(), expected.len(), "{name}: pictures");
    let hashes = |pictures: &[Picture]| pictures.iter().map(|(_, hash)| hash.clone()).collect::<Vec<_>>();
    assert!(hashes(&found) == hashes(&expected), "{name}: other pictures, or in another order");
    // ffmpeg counts from the file's first picture or sound; the distances are what must hold.
    let distances = |pictures: &[Picture]| pictures.iter().map(|(time, _)| time - pictures[0].0).collect::<Vec<_>>();
    assert_eq!(distances(&found), distances(&expected), "{name}: times");
}

#[test]
fn every_fixture_cut_at_each_key_frame_decodes_as_a_whole() {
    for fixture in MATRIX {
        all_chunks_show_what_the_source_shows(fixture.path(), 1);
    }
}

#[test]
fn open_groups_edits_and_rotation_survive_the_cut() {
    for path in [
        fixtures::edited(),
        fixtures::rotated(),
        fixtures::hevc_open_gop(),
        fixtures::ended_by_an_edit(),
        fixtures::wide_offsets(),
    ] {
        all_chunks_show_what_the_source_shows(path, 1);
    }
}

/// The pictures before the second key frame last: one of them is shown after it.
#[test]
fn a_border_that_would_tear_pictures_apart_is_moved_and_the_report_says_so() {
    let scratch = tempfile::tempdir().unwrap();
    let original = std::fs::read(MATRIX[0].path()).unwrap();
    let mut remade = Remade::of(&original);
    let key = remade.keys()[1];
    let (before, half_a_picture) = (remade.samples[key - 1], i32::try_from(remade.samples[key].duration / 2).unwrap());
    let behind = i32::try_from(before.duration).unwrap() + remade.samples[key].composition_offset + half_a_picture;
    remade.samples[key - 1].composition_offset = behind;
    let torn = scratch.path().join("torn.mp4");
    remade.write(&torn, None);
    let source = Source::index(torn.clone(), scratch.path());

    let output = scratch.path().join("chunk.mp4");
    let mut found = Vec::new();
    for (from, to, used) in [(0, 1, (0, 2)), (1, 3, (2, 3))] {
        let result = source.cut(from, to, &output);
        assert!(result.status.success(), "{from}-{to}: {}", String::from_utf8_lossy(&result.stderr));
        let report: Value = serde_json::from_slice(&result.stdout).unwrap();
        assert_eq!((&report["fromKeyFrame"], &report["toKeyFrame"]), (&used.0.into(), &used.1.into()));
        let moved = report["moved"].as_array().unwrap();
        assert_eq!((moved.len(), &moved[0]["asked"], &moved[0]["used"]), (1, &1.into(), &2.into()), "{report}");
        assert!(moved[0]["reason"].as_str().unwrap().contains("shown after it"), "{report}");
        let start = report["start"].as_i64().unwrap();
        let file = std::fs::read(&output).unwrap();
        found.extend(packets(&file, None).into_iter().map(|packet| Packet { time: packet.time + start, ..packet }));
    }
    assert!(found == packets(&std::fs::read(&torn).unwrap(), None), "a picture is lost, doubled or moved");
}

#[test]
#[ignore = "long: make test-long"]
fn real_clips_cut_in_pieces_decode_as_a_whole() {
    let clips = [
        ("sintel-trailer-720p.mp4", 3),
        ("iphone-hdr-dovi-rot90-editlist.mp4", 1),
        ("cursed-vfr-screen.mp4", 1),
        ("flower-fragmented.mp4", 1),
        ("bt601-bframes.mov", 1),
        ("gopro-hero.mp4", 1),
        ("hevc-1080p-10s.mp4", 2),
        ("person-139s-432p.mp4", 2),
        ("vp9-opus.mp4", 1),
        ("av1-opus.mp4", 1),
        ("two-videos-six-streams.mp4", 1),
        ("sar-2x1.mp4", 1),
        ("no-stss.mp4", 1),
    ];
    for (name, step) in clips {
        if let Some(path) = clip(name) {
            all_chunks_show_what_the_source_shows(path, step);
        }
    }
}

#[test]
fn what_can_not_be_cut_is_refused_and_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let source = Source::index(MATRIX[0].path(), scratch.path());
    let output = scratch.path().join("out/chunk.mp4");
    let exit = |from, to| source.cut(from, to, &output).status.code();
    assert_eq!((exit(1, 1), exit(2, 1), exit(0, 99)), (Some(2), Some(2), Some(2)));
    let other = Source { path: MATRIX[1].path(), ..Source::index(MATRIX[0].path(), scratch.path()) };
    assert_eq!(other.cut(0, 1, &output).status.code(), Some(3));
    std::fs::write(scratch.path().join("broken.json"), "{}").unwrap();
    let broken = Source { index: scratch.path().join("broken.json"), ..Source::index(MATRIX[0].path(), scratch.path()) };
    assert_eq!(broken.cut(0, 1, &output).status.code(), Some(3));
    assert!(!output.exists());
}
