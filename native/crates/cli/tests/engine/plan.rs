//! `plan`: what is planned from an index alone is what decoders, encoders and the packager then find.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::fixtures::{self, MATRIX, clip, make};
use crate::support::reelway_media;
use serde_json::Value;

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Runs the program; panics with its words when it fails.
fn run(arguments: &[&str]) -> Vec<u8> {
    let result = reelway_media(arguments);
    assert!(result.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&result.stderr));
    result.stdout
}

fn ffmpeg(arguments: &[&str]) -> String {
    let output = Command::new("ffmpeg").args(["-nostdin", "-v", "fatal", "-y"]).args(arguments).output().expect("ffmpeg starts");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// The hashes in framemd5's words.
fn hashes(frames: &str) -> Vec<String> {
    let lines = frames.lines().filter(|line| !line.starts_with('#'));
    lines.map(|line| line.rsplit(',').next().unwrap_or_default().trim().to_owned()).collect()
}

/// Short segments and chunks, so that seconds of pictures give many.
const SHORT: [&str; 6] = ["--segment-seconds", "1", "--chunk-seconds", "3", "--opening", "1,2"];

struct Title {
    path: PathBuf,
    index: PathBuf,
    slices: PathBuf,
    plan: Value,
}

impl Title {
    fn planned(path: PathBuf, scratch: &Path, flags: &[&str]) -> Self {
        let (index, slices) = (scratch.join("index.json"), scratch.join("slices"));
        std::fs::write(&index, run(&["index", text(&path)])).unwrap();
        let arguments = [&["plan", "--index", text(&index), "--slices", text(&slices)], flags].concat();
        let plan = serde_json::from_slice(&run(&arguments)).unwrap();
        Self { path, index, slices, plan }
    }

    fn chunks(&self) -> &[Value] {
        self.plan["chunks"].as_array().unwrap_or_else(|| panic!("{}: {}", self.path.display(), self.plan))
    }

    fn name(&self) -> std::path::Display<'_> {
        self.path.display()
    }

    /// What holds of the numbers of every plan.
    fn check_sums(&self) {
        let plan = &self.plan;
        let timescale = number(&plan["timescale"]);
        let (mut pictures, mut segments, mut time) = (0, 1, number(&plan["start"]));
        for (ordinal, chunk) in self.chunks().iter().enumerate() {
            let place = format!("{} chunk {ordinal}: {chunk}", self.name());
            assert_eq!((number(&chunk["ordinal"]), number(&chunk["start"])), (i64::try_from(ordinal).unwrap(), time), "{place}");
            assert_eq!(number(&chunk["firstSegment"]), segments, "{place}");
            let keys: Vec<i64> = chunk["keyFrames"].as_array().unwrap().iter().map(number).collect();
            let starts = chunk["segments"].as_array().unwrap();
            assert!(
                keys.is_sorted_by(|a, b| a < b) && keys[0] == 0 && keys.last() < Some(&number(&chunk["pictures"])),
                "{place}"
            );
            assert!(starts.iter().all(|segment| keys.contains(&number(&segment["firstPicture"]))), "{place}");
            if let Some(grid) = chunk["grid"].as_i64() {
                assert!(
                    keys.iter().all(|key| key % grid == 0)
                        && number(&chunk["pictures"]) <= grid * i64::try_from(keys.len()).unwrap(),
                    "{place}"
                );
            }
            assert_eq!((number(&starts[0]["start"]), number(&starts[0]["firstPicture"])), (time, 0), "{place}");
            time = number(&chunk["end"]);
            let ends = starts.iter().skip(1).map(|segment| number(&segment["start"])).chain([time]);
            let longest = number(&plan["targetDuration"]) * timescale;
            let durations = starts.iter().zip(ends).map(|(segment, end)| end - number(&segment["start"]));
            assert!(durations.clone().all(|duration| duration > 0 && duration <= longest), "{place}");
            pictures += number(&chunk["pictures"]);
            segments += i64::try_from(starts.len()).unwrap();
        }
        assert_eq!((pictures, segments - 1, time), (number(&plan["pictures"]), number(&plan["segments"]), number(&plan["end"])));
        assert!(timescale >= 10_000);
    }

    /// A chunk cut by its own slice of the index; it is what the whole index gives.
    fn cut(&self, chunk: &Value, scratch: &Path) -> PathBuf {
        let slices = std::fs::read(&self.slices).unwrap();
        let (offset, length) = (place(&chunk["slice"]["offset"]), place(&chunk["slice"]["length"]));
        let slice = scratch.join("slice.json");
        std::fs::write(&slice, &slices[offset..offset + length]).unwrap();
        let (from, to) = (chunk["fromKeyFrame"].to_string(), chunk["toKeyFrame"].to_string());
        let output = |index: &Path, name: &str| {
            let output = scratch.join(name);
            let range = ["cut", "--index", text(index), "--from", &from, "--to", &to, "-o", text(&output), text(&self.path)];
            let report: Value = serde_json::from_slice(&run(&range)).unwrap();
            assert_eq!(report["moved"], serde_json::json!([]), "{}: {chunk}", self.name());
            assert_eq!(
                (&report["pictures"], &report["sourceRange"]),
                (&chunk["pictures"], &chunk["sourceRange"]),
                "{}",
                self.name()
            );
            output
        };
        let (by_slice, by_index) = (output(&slice, "chunk.mp4"), output(&self.index, "by-index.mp4"));
        assert!(std::fs::read(&by_slice).unwrap() == std::fs::read(by_index).unwrap(), "{}: {chunk}", self.name());
        by_slice
    }

    /// Encodes a cut chunk as the plan says; gives the hashes of the pictures that went in.
    fn encode(&self, chunk: &Value, cut: &Path, encoded: &Path) -> Vec<String> {
        let timescale = number(&self.plan["timescale"]);
        let keys: Vec<i64> = chunk["keyFrames"].as_array().unwrap().iter().map(number).collect();
        let scaled = format!("scale=64:36,settb=1/{timescale}");
        let (filter, codec, forced) = if let Some(rate) = self.plan["frameRate"].as_array() {
            let distance = timescale * number(&rate[1]) / number(&rate[0]);
            let filter = format!("{scaled},setpts=round(PTS/{distance})*{distance}");
            (filter, format!("keyint={0}:min-keyint={0}:scenecut=0:open-gop=0", chunk["grid"]), Vec::new())
        } else {
            let expression = keys.iter().map(|key| format!("eq(n,{key})")).collect::<Vec<_>>().join("+");
            let forced = ["-forced-idr", "1", "-force_key_frames", &format!("expr:{expression}")].map(str::to_owned).to_vec();
            (scaled, "keyint=infinite:min-keyint=1:scenecut=0:open-gop=0".to_owned(), forced)
        };
        let time_base = format!("1:{timescale}");
        let clock = timescale.to_string();
        let mut arguments =
            vec!["-noautorotate", "-i", text(cut), "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"];
        arguments.extend(["-map", "0:v:0", "-vf", &filter, "-fps_mode", "passthrough", "-enc_time_base", &time_base]);
        arguments.extend(["-video_track_timescale", &clock, "-c:v", "libx264", "-preset", "veryfast", "-bf", "3"]);
        arguments.extend(["-pix_fmt", "yuv420p", "-x264-params", &codec]);
        arguments.extend(forced.iter().map(String::as_str));
        arguments.extend(["-movflags", "+frag_keyframe+empty_moov+default_base_moof", "-f", "mp4", text(encoded)]);
        hashes(&ffmpeg(&arguments))
    }

    /// Packages an encoded chunk; its segments are the planned ones.
    fn package(&self, chunk: &Value, encoded: &Path, scratch: &Path) -> PathBuf {
        let timescale = &self.plan["timescale"];
        let (output, report) = (scratch.join("packaged"), scratch.join(format!("report-{}.json", chunk["ordinal"])));
        let time = |ticks: &Value| format!("{ticks}/{timescale}");
        let (first, base, end) = (chunk["firstSegment"].to_string(), time(&chunk["start"]), time(&chunk["end"]));
        let segments = chunk["segments"].as_array().unwrap();
        let borders = segments.iter().skip(1).map(|segment| time(&segment["start"])).collect::<Vec<_>>().join(",");
        let mut arguments = vec!["package", "--chunk", "--first-segment", &first, "--base-time", &base, "--end-time", &end];
        arguments.extend(["--report", text(&report), "-o", text(&output)]);
        // Without a border the chunk is one segment, however long.
        arguments.extend(if borders.is_empty() { ["--segment-duration", "60"] } else { ["--borders", &borders] });
        arguments.push(text(encoded));
        run(&arguments);
        std::fs::remove_dir_all(output).unwrap();
        let made: Value = serde_json::from_slice(&std::fs::read(&report).unwrap()).unwrap();
        let made = &made["renditions"][0];
        let found: Vec<(i64, i64)> = made["segments"]
            .as_array()
            .unwrap()
            .iter()
            .map(|segment| (number(&segment["number"]), number(&segment["start"])))
            .collect();
        let numbers = number(&chunk["firstSegment"])..;
        let planned: Vec<(i64, i64)> = numbers.zip(segments).map(|(one, segment)| (one, number(&segment["start"]))).collect();
        assert_eq!(found, planned, "{}: {chunk}", self.name());
        report
    }
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_else(|| panic!("a whole number instead of {value}"))
}

fn place(value: &Value) -> usize {
    usize::try_from(number(value)).unwrap()
}

/// The whole way of a title: its chunks show the source's pictures, and their encodes make the planned segments, without a gap.
fn goes_the_whole_way(path: PathBuf, flags: &[&str]) -> Value {
    let scratch = tempfile::tempdir().unwrap();
    let title = Title::planned(path, scratch.path(), flags);
    title.check_sums();
    let source = ["-noautorotate", "-i", text(&title.path), "-map", "0:v:0", "-fps_mode", "passthrough", "-f", "framemd5", "-"];
    let expected = hashes(&ffmpeg(&source));
    assert_eq!(place(&title.plan["pictures"]), expected.len(), "{}: pictures", title.name());
    let (mut shown, mut reports) = (Vec::new(), Vec::new());
    for chunk in title.chunks() {
        let cut = title.cut(chunk, scratch.path());
        let encoded = scratch.path().join("encoded.mp4");
        let pictures = title.encode(chunk, &cut, &encoded);
        assert_eq!(pictures.len(), place(&chunk["pictures"]), "{}: {chunk}", title.name());
        shown.extend(pictures);
        reports.push(title.package(chunk, &encoded, scratch.path()));
    }
    assert!(shown == expected, "{}: other pictures, or in another order", title.name());
    let manifests = scratch.path().join("manifests");
    let target = title.plan["targetDuration"].to_string();
    let mut arguments = vec!["manifest", "--target-duration", &target, "-o", text(&manifests)];
    arguments.extend(reports.iter().map(|report| text(report)));
    let summary: Value = serde_json::from_slice(&run(&arguments)).unwrap();
    let rendition = &summary["renditions"][0];
    assert_eq!((&rendition["samples"], &rendition["segments"]), (&title.plan["pictures"], &title.plan["segments"]), "{summary}");
    let end = number(&title.plan["end"]) as f64 / number(&title.plan["timescale"]) as f64;
    assert!((rendition["endSeconds"].as_f64().unwrap() - end).abs() < 1e-9, "{summary}");
    title.plan
}

/// Nine seconds of pictures at a rate, a key frame each second or so.
fn at_rate(name: &str, rate: &str, more: &str) -> PathBuf {
    let source = format!("testsrc2=size=160x90:rate={rate}:duration=9");
    let codec = "-c:v libx264 -preset ultrafast -bf 2 -g 25 -sc_threshold 0";
    let mut arguments = vec!["-f", "lavfi", "-i", &source];
    arguments.extend(codec.split(' '));
    arguments.extend(more.split(' ').filter(|word| !word.is_empty()));
    make(name, &arguments)
}

#[test]
fn constant_rates_are_found_and_kept_on_every_clock() {
    let cases = [
        ("rate-24.mp4", "24", "", [24, 1], 24_000),
        ("rate-25-negative.mp4", "25", "-movflags negative_cts_offsets", [25, 1], 25_000),
        ("rate-2997-in-600.mp4", "30000/1001", "-video_track_timescale 600", [30_000, 1001], 30_000),
        ("rate-5994-in-1000.mp4", "60000/1001", "-video_track_timescale 1000 -g 60", [60_000, 1001], 60_000),
        (
            "rate-25-late.mp4",
            "25",
            "-output_ts_offset 0.7 -movflags +frag_keyframe+empty_moov+default_base_moof",
            [25, 1],
            25_000,
        ),
    ];
    for (name, rate, more, expected, timescale) in cases {
        let plan = goes_the_whole_way(at_rate(name, rate, more), &SHORT);
        assert_eq!((&plan["frameRate"], &plan["timescale"]), (&expected.as_slice().into(), &timescale.into()), "{name}");
        assert!(plan["chunks"].as_array().unwrap().len() >= 3, "{name}: {plan}");
    }
}

#[test]
fn what_fixtures_show_is_planned_and_encoded() {
    let names = [
        "h264-open-gop.mp4",
        "h264-odd-timescale.mp4",
        "h264-vfr.mp4",
        "h264-fragmented.mp4",
        "hevc-10bit-hdr.mp4",
        "vp9-flac.mp4",
    ];
    for fixture in MATRIX.iter().filter(|fixture| names.contains(&fixture.name)) {
        goes_the_whole_way(fixture.path(), &SHORT);
    }
    for path in [fixtures::edited(), fixtures::hevc_open_gop(), fixtures::ended_by_an_edit(), fixtures::rotated()] {
        goes_the_whole_way(path, &SHORT);
    }
}

#[test]
#[ignore = "long: make test-long"]
fn what_real_clips_show_is_planned_and_encoded() {
    let names = [
        "iphone-hdr-dovi-rot90-editlist.mp4",
        "cursed-vfr-screen.mp4",
        "flower-fragmented.mp4",
        "person-139s-432p.mp4",
        "two-videos-six-streams.mp4",
    ];
    for path in names.into_iter().filter_map(clip) {
        goes_the_whole_way(path, &SHORT);
    }
}

#[test]
#[ignore = "long: make test-long"]
fn what_all_clips_show_is_planned_and_encoded() {
    let Some(folder) = clip("sintel-trailer-720p.mp4").and_then(|path| path.parent().map(Path::to_owned)) else { return };
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let scratch = tempfile::tempdir().unwrap();
        let index = scratch.path().join("index.json");
        let indexed = reelway_media(&["index", text(&path)]);
        std::fs::write(&index, &indexed.stdout).unwrap();
        let planned = indexed.status.success().then(|| reelway_media(&["plan", "--index", text(&index)]));
        match planned.filter(|planned| planned.status.success()) {
            Some(planned) if String::from_utf8_lossy(&planned.stdout).contains("\"chunks\"") => {
                let plan =
                    goes_the_whole_way(path.clone(), &["--segment-seconds", "2", "--chunk-seconds", "8", "--opening", "3,3"]);
                eprintln!(
                    "{}: {} pictures, {} chunks",
                    path.display(),
                    plan["pictures"],
                    plan["chunks"].as_array().unwrap().len()
                );
            }
            Some(planned) => eprintln!("{}: {}", path.display(), String::from_utf8_lossy(&planned.stdout)),
            None => eprintln!("{}: no index of video", path.display()),
        }
    }
}

#[test]
fn a_plan_that_makes_no_sense_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let index = scratch.path().join("index.json");
    std::fs::write(&index, run(&["index", text(&MATRIX[0].path())])).unwrap();
    let exit = |flags: &[&str]| reelway_media(&[&["plan", "--index", text(&index)], flags].concat()).status.code();
    assert_eq!(exit(&[]), Some(0));
    for flags in [["--segment-seconds", "0"], ["--chunk-seconds", "nan"], ["--opening", "6,-1"], ["--track", "77"]] {
        assert_eq!(exit(&flags), Some(2), "{flags:?}");
    }
    std::fs::write(&index, "{}").unwrap();
    assert_eq!(exit(&[]), Some(3));
}
