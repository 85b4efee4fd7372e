//! Subtitles: on the pictures' segments for HLS, whole for DASH, beside media or as a report of their own.

use std::path::{Path, PathBuf};

use crate::support::fixtures::LADDER;
use crate::support::{package, reelway_media};
use reelway_webvtt::Document;
use serde_json::Value;

/// Cues inside a segment, across a border, over all of them, and behind the end of six seconds.
const VTT: &str = "\u{feff}WEBVTT\r\n\r\nSTYLE\r\n::cue(b) { color: lime }\r\n\r\n1\r\n00:00.500 --> 00:01.500 line:0\r\nInside\r\n\r\n\
    2\r\n00:01.500 --> 00:02.500\r\nAcross\r\n\r\n00:00.000 --> 00:06.000\r\nAlways\r\n\r\n00:09.000 --> 00:10.000\r\nLate\r\n";
const SRT: &str = "1\n00:00:01,000 --> 00:00:02,000\n<font color=\"red\">Tom</font> & <i>Jerry</i>\n";

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        let scratch = Self(tempfile::tempdir().unwrap());
        std::fs::write(scratch.join("a.vtt"), VTT).unwrap();
        std::fs::write(scratch.join("b.srt"), SRT).unwrap();
        scratch
    }

    fn join(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn argument(&self, file: &str, options: &str) -> String {
        format!("{}{options}", self.join(file).display())
    }
}

fn read(path: impl AsRef<Path>) -> String {
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.as_ref().display()))
}

fn cues(path: impl AsRef<Path>) -> Vec<(u64, u64, String)> {
    let document = Document::parse(read(path).as_bytes()).unwrap();
    assert_eq!(document.dropped, 0);
    document.cues().map(|cue| (cue.start, cue.end, cue.text.clone())).collect()
}

fn code_and_words(arguments: &[&str]) -> (Option<i32>, String) {
    let result = reelway_media(arguments);
    (result.status.code(), String::from_utf8_lossy(&result.stderr).into_owned())
}

#[test]
fn subtitles_stand_on_the_segments_of_the_pictures() {
    let scratch = Scratch::new();
    let (first, second) =
        (scratch.argument("a.vtt", ",lang=eng,name=English & more,default"), scratch.argument("b.srt", ",lang=de,forced"));
    let flags = ["--segment-duration", "2", "--subtitles", &first, "--subtitles", &second];
    let inputs = [LADDER[0].path(), LADDER[1].path()];
    let output = scratch.join("out");
    let mut arguments = vec!["package", "-o", output.to_str().unwrap()];
    arguments.extend(flags);
    arguments.extend(inputs.iter().map(|input| input.to_str().unwrap()));
    let result = reelway_media(&arguments);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));

    let report: Value = serde_json::from_slice(&result.stdout).unwrap();
    let reported = |track: usize, key: &str| report["subtitles"][track][key].clone();
    assert_eq!((reported(0, "cues"), reported(0, "segments"), reported(0, "dropped")), (4.into(), 3.into(), 0.into()));
    assert_eq!(
        (reported(1, "id"), reported(1, "language"), reported(1, "forced")),
        ("subtitles-2".into(), "de".into(), true.into())
    );

    let cue = |start, end, text: &str| (start, end, text.to_owned());
    let (inside, across) = (cue(500, 1500, "Inside"), cue(1500, 2500, "Across"));
    let (always, late) = (cue(0, 6000, "Always"), cue(9000, 10_000, "Late"));
    let segment = |number: u32| output.join(format!("subtitles-1/seg-{number:05}.vtt"));
    assert_eq!(cues(segment(1)), [inside.clone(), across.clone(), always.clone()]);
    assert_eq!(cues(segment(2)), [across.clone(), always.clone()]);
    assert_eq!(cues(segment(3)), [always.clone(), late.clone()]);
    assert_eq!(cues(output.join("subtitles-1/subtitles.vtt")), [inside, across, always, late]);
    assert!(!segment(4).exists());
    for number in 1..=3 {
        let head = "WEBVTT\nX-TIMESTAMP-MAP=LOCAL:00:00:00.000,MPEGTS:0\n\nSTYLE\n::cue(b) { color: lime }\n";
        assert!(read(segment(number)).starts_with(head));
    }
    assert_eq!(cues(output.join("subtitles-2/subtitles.vtt")), [cue(1000, 2000, "Tom &amp; <i>Jerry</i>")]);

    let durations = |playlist: &str| {
        let text = read(output.join(playlist));
        text.lines().filter(|line| line.starts_with("#EXTINF")).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(durations("subtitles-1/playlist.m3u8"), durations("video-1/playlist.m3u8"));
    assert!(!read(output.join("subtitles-1/playlist.m3u8")).contains("EXT-X-MAP"));
    let main = read(output.join("main.m3u8"));
    let media = main.lines().filter(|line| line.starts_with("#EXT-X-MEDIA:TYPE=SUBTITLES")).collect::<Vec<_>>();
    let group = "#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID=\"subtitles\"";
    assert_eq!(
        media,
        [
            format!(
                "{group},NAME=\"English & more\",LANGUAGE=\"en\",DEFAULT=YES,AUTOSELECT=YES,FORCED=NO,URI=\"subtitles-1/playlist.m3u8\""
            ),
            format!("{group},NAME=\"de\",LANGUAGE=\"de\",DEFAULT=NO,AUTOSELECT=YES,FORCED=YES,URI=\"subtitles-2/playlist.m3u8\""),
        ]
    );
    let mut variants = main.lines().filter(|line| line.starts_with("#EXT-X-STREAM-INF"));
    assert!(variants.clone().count() == 2 && variants.all(|line| line.contains(",SUBTITLES=\"subtitles\"")));
    let mpd = read(output.join("manifest.mpd"));
    assert!(mpd.contains("mimeType=\"text/vtt\" lang=\"en\">\n      <Label>English &amp; more</Label>"), "{mpd}");
    assert!(mpd.contains("<BaseURL>subtitles-2/subtitles.vtt</BaseURL>") && mpd.contains("value=\"forced-subtitle\""), "{mpd}");
}

#[test]
fn beside_single_files_the_text_is_one_segment() {
    let scratch = Scratch::new();
    let subtitles = scratch.argument("a.vtt", "");
    let flags = ["--single-file", "--segment-duration", "2", "--subtitles", &subtitles];
    let input = LADDER[0].path();
    let output = scratch.join("out");
    let result = reelway_media(&[&["package", "-o", output.to_str().unwrap(), input.to_str().unwrap()], &flags[..]].concat());
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let names = std::fs::read_dir(output.join("subtitles-1")).unwrap().map(|entry| entry.unwrap().file_name());
    let mut names: Vec<_> = names.collect();
    names.sort();
    assert_eq!(names, ["playlist.m3u8", "subtitles.vtt"]);
    let playlist = read(output.join("subtitles-1/playlist.m3u8"));
    assert!(playlist.ends_with("#EXTINF:6.000000,\nsubtitles.vtt\n#EXT-X-ENDLIST\n"), "{playlist}");
    // Without a word on its language no player may choose it unasked.
    assert!(read(output.join("main.m3u8")).contains("NAME=\"subtitles\",DEFAULT=NO,AUTOSELECT=NO,FORCED=NO"));
}

/// The title's media and its subtitles, each packaged by itself; gives the two reports.
fn package_apart(scratch: &Scratch) -> [PathBuf; 2] {
    let (media, text) = (scratch.join("media.json"), scratch.join("text.json"));
    package(&[&LADDER[0].path()], &scratch.join("a"), &["--segment-duration", "2", "--report", media.to_str().unwrap()]);
    let subtitles = scratch.argument("a.vtt", ",lang=en");
    let (output, report) = (scratch.join("text"), text.to_str().unwrap());
    let arguments = ["package", "--subtitles", &subtitles, "--borders", "2/1,4/1", "--end-time", "6/1", "--report", report];
    let result = reelway_media(&[&arguments[..], &["-o", output.to_str().unwrap()]].concat());
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    [media, text]
}

#[test]
fn subtitles_that_were_packaged_apart_make_the_same_title() {
    let scratch = Scratch::new();
    let subtitles = scratch.argument("a.vtt", ",lang=en");
    let whole = package(&[&LADDER[0].path()], &scratch.join("whole"), &["--segment-duration", "2", "--subtitles", &subtitles]);
    let [media, text] = package_apart(&scratch);
    let lists = scratch.join("lists");
    let result = reelway_media(&["manifest", "-o", lists.to_str().unwrap(), text.to_str().unwrap(), media.to_str().unwrap()]);
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    for name in ["main.m3u8", "manifest.mpd", "subtitles-1/playlist.m3u8"] {
        assert_eq!(read(lists.join(name)), read(whole.join(name)), "{name}");
    }
    for name in ["seg-00001.vtt", "seg-00002.vtt", "seg-00003.vtt", "subtitles.vtt"] {
        assert_eq!(read(scratch.join("text/subtitles-1").join(name)), read(whole.join("subtitles-1").join(name)), "{name}");
    }
}

#[test]
fn a_growing_title_lists_subtitles_as_far_as_pictures() {
    let scratch = Scratch::new();
    let [media, text] = package_apart(&scratch);
    let mut report: Value = serde_json::from_str(&read(&media)).unwrap();
    for rendition in report["renditions"].as_array_mut().unwrap() {
        let listed = if rendition["id"] == "video-1" { 2 } else { 3 };
        rendition["segments"].as_array_mut().unwrap().truncate(listed);
    }
    std::fs::write(&media, report.to_string()).unwrap();
    let lists = scratch.join("lists");
    let growing = ["manifest", "--growing", "--available-since", "2026-01-01T00:00:00Z", "-o", lists.to_str().unwrap()];
    let result = reelway_media(&[&growing[..], &[text.to_str().unwrap(), media.to_str().unwrap()]].concat());
    assert!(result.status.success(), "{}", String::from_utf8_lossy(&result.stderr));
    let playlist = read(lists.join("subtitles-1/playlist.m3u8"));
    assert!(playlist.contains("PLAYLIST-TYPE:EVENT") && playlist.ends_with("seg-00002.vtt\n"), "{playlist}");
    let summary: Value = serde_json::from_slice(&result.stdout).unwrap();
    assert_eq!((&summary["subtitles"][0]["segments"], &summary["subtitles"][0]["endSeconds"]), (&2.into(), &4.0.into()));
    // Of the pictures 100 are listed, of 150.
    assert_eq!((&summary["renditions"][0]["id"], &summary["renditions"][0]["samples"]), (&"video-1".into(), &100.into()));
}

#[test]
fn what_can_not_be_told_from_each_other_or_read_is_refused() {
    let scratch = Scratch::new();
    std::fs::write(scratch.join("broken.vtt"), "WEBVTT\n\n00:01.000 --> never\nOne\n").unwrap();
    let input = LADDER[0].path();
    let attempt = |more: &[&str]| {
        let outcome = code_and_words(&[&["package", "-o", scratch.join("out").to_str().unwrap()], more].concat());
        assert!(!scratch.join("out").exists());
        outcome
    };
    let (a, b, broken) =
        (scratch.argument("a.vtt", ",default"), scratch.argument("b.srt", ",default"), scratch.argument("broken.vtt", ""));
    let input = input.to_str().unwrap();
    let (code, words) = attempt(&[input, "--subtitles", &broken]);
    assert!(code == Some(3) && words.contains("subtitles_timing: line 3"), "{words}");
    let (code, words) = attempt(&[input, "--subtitles", input]);
    assert!(code == Some(3) && words.contains("subtitles_"), "{words}");
    let (code, words) = attempt(&[input, "--subtitles", &a, "--subtitles", &b]);
    assert!(code == Some(3) && words.contains("shown by default"), "{words}");
    assert_eq!(attempt(&[input, "--subtitles", &scratch.argument("a.vtt", ",lang=en_US")]).0, Some(2));
    assert_eq!(attempt(&[input, "--subtitles", &scratch.argument("absent.vtt", "")]).0, Some(4));
    assert_eq!(attempt(&[input, "--end-time", "6/1"]).0, Some(2));
    let alone = ["--subtitles", &a, "--borders", "2/1", "--report", "r.json"];
    assert_eq!(attempt(&alone).0, Some(2));
    assert_eq!(attempt(&[&alone[..], &["--end-time", "6/1", "--hls"]].concat()).0, Some(2));
    assert_eq!(attempt(&[]).0, Some(2));
}

#[test]
fn a_report_that_can_not_be_written_leaves_no_folder() {
    let scratch = Scratch::new();
    let (input, output) = (LADDER[0].path(), scratch.join("out"));
    let attempt = |report: &Path| {
        let arguments = [Path::new("package"), &input, Path::new("-o"), &output, Path::new("--report"), report];
        reelway_media(&arguments).status.code()
    };
    // A folder stands where the report should.
    assert_eq!(attempt(scratch.0.path()), Some(4));
    assert_eq!(attempt(&scratch.join("a.vtt").join("report.json")), Some(4));
    let mut left: Vec<_> = std::fs::read_dir(scratch.0.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["a.vtt", "b.srt"]);
    // Inside the output it is one of its files.
    assert_eq!(attempt(&output.join("report.json")), Some(0));
    assert!(read(output.join("report.json")).starts_with("{\"version\":2,"));
}
