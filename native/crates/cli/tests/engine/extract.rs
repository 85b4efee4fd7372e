//! `extract`: a decoder gives of the sound, or of single key frames, what it gives of the source; and of a URL little else is
//! read.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::Arc;

use crate::support::fixtures::{self, ENCRYPTED, MATRIX, clip, make};
use crate::support::reelway_media;
use crate::support::server::{Reply, Server};
use serde_json::Value;

fn fixture(name: &str) -> PathBuf {
    MATRIX.iter().find(|fixture| fixture.name == name).unwrap_or_else(|| panic!("no fixture {name}")).path()
}

/// What a decoder gives of a stream: of each frame its time in the stream's own ticks, and its hash.
fn decoded(path: &Path, stream: &str, more: &[&str]) -> Vec<(i64, String)> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "fatal", "-copyts", "-noautorotate", "-i"])
        .arg(path)
        .args(["-map", stream])
        .args(more)
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

fn extract(input: &str, output: &Path, flags: &[&str]) -> Output {
    reelway_media(&[&["extract", "--allow-private", "-o", output.to_str().unwrap(), input], flags].concat())
}

fn answer(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap()
}

fn serving(path: &Path) -> Server {
    let bytes = Arc::new(std::fs::read(path).unwrap());
    Server::start(move |request| Reply::serve(&bytes, request, "\"a\""))
}

/// Bytes asked for in all requests of a server that serves this many.
fn asked_for(server: &Server, length: usize) -> u64 {
    server.requests().iter().map(|request| request.range(length).unwrap().len() as u64).sum()
}

fn sounds_alike(path: &Path) {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("sound.mp4");
    let report = answer(&extract(path.to_str().unwrap(), &output, &["--audio"]));
    let tracks = report["tracks"].as_array().unwrap();
    assert!(!tracks.is_empty());
    assert_eq!(report["bytes"], std::fs::metadata(&output).unwrap().len());
    for number in 0..tracks.len() {
        let stream = format!("0:a:{number}");
        let (source, extracted) = (decoded(path, &stream, &[]), decoded(&output, &stream, &[]));
        assert!(!source.is_empty(), "{}: {stream}", path.display());
        assert_eq!(extracted.len(), source.len(), "{}: {stream}", path.display());
        assert!(extracted == source, "{}: {stream}: {:?} instead of {:?}", path.display(), extracted[0], source[0]);
    }
}

#[test]
fn the_sound_of_every_fixture_decodes_as_in_the_source() {
    let silent = ["h264-open-gop.mp4", "h264-vfr.mp4"];
    for fixture in MATRIX.iter().filter(|fixture| !silent.contains(&fixture.name)) {
        sounds_alike(&fixture.path());
    }
    let source = fixture("h264-b-frames.mp4");
    let source = source.to_str().unwrap();
    let codec = ["-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "-shortest"];
    let tone = ["-f", "lavfi", "-i", "sine=frequency=440:sample_rate=44100:duration=3"];
    let picture = ["-f", "lavfi", "-i", "testsrc2=size=64x36:rate=25:duration=4"];
    let fragmented = ["-itsoffset", "0.731", "-movflags", "frag_keyframe+empty_moov+default_base_moof"];
    let late_fragmented =
        make("late-fragmented.mp4", &[&picture[..], &fragmented[..2], &tone, &codec, &fragmented[2..]].concat());
    let raw = make("raw-sound.mov", &["-i", source, "-c:v", "copy", "-c:a", "pcm_s16le"]);
    let cut = make("cut-sound.mp4", &["-ss", "1.3", "-i", source, "-t", "2.1", "-c", "copy"]);
    for path in [fixtures::edited(), fixtures::late_sound(), late_fragmented, raw, cut] {
        sounds_alike(&path);
    }
}

#[test]
fn the_sound_of_real_clips_decodes_as_in_the_source() {
    let names = [
        "sintel-trailer-720p.mp4",
        "iphone-hdr-dovi-rot90-editlist.mp4",
        "bbb-4k60-16s.mp4",
        "hevc-1080p-10s.mp4",
        "multi-audio-51.mp4",
        "eac3-51.mp4",
        "gopro-hero.mp4",
        "flower-fragmented.mp4",
        "bbb-trailer-720p-mp3.mp4",
        "phone-h263-amr.3gp",
        "podcast-cover.m4a",
        "vp9-opus.mp4",
        "no-stss.mp4",
    ];
    for path in names.into_iter().filter_map(clip) {
        let bytes = std::fs::read(&path).unwrap();
        let movie = reelway_mp4::Movie::parse(&bytes).unwrap();
        if movie.media_tracks().any(|track| track.kind == reelway_mp4::TrackKind::Audio) {
            sounds_alike(&path);
        }
    }
}

#[test]
fn one_track_of_several_can_be_taken() {
    let scratch = tempfile::tempdir().unwrap();
    let (path, output) = (fixture("h264-two-audio.mp4"), scratch.path().join("sound.mp4"));
    let report = answer(&extract(path.to_str().unwrap(), &output, &["--audio", "--track", "3"]));
    assert_eq!((&report["tracks"][0]["id"], &report["tracks"][0]["language"]), (&3.into(), &"deu".into()));
    assert_eq!(report["tracks"].as_array().unwrap().len(), 1);
    assert!(decoded(&output, "0:a:0", &[]) == decoded(&path, "0:a:1", &[]));
}

/// Takes the sound of a served file; gives the bytes and requests that it took, and checks that the server saw the same.
fn sound_of_url(path: &Path, gap: &str) -> (u64, usize) {
    let scratch = tempfile::tempdir().unwrap();
    let (of_file, of_url) = (scratch.path().join("a.mp4"), scratch.path().join("b.mp4"));
    let sound = answer(&extract(path.to_str().unwrap(), &of_file, &["--audio"]));
    assert!(sound["read"].is_null());
    let server = serving(path);
    let report = answer(&extract(&format!("{}/film", server.url), &of_url, &["--audio", "--gap", gap]));
    assert!(std::fs::read(of_file).unwrap() == std::fs::read(of_url).unwrap(), "{}", path.display());
    let length = usize::try_from(std::fs::metadata(path).unwrap().len()).unwrap();
    let requests = server.requests().len();
    let read = report["read"]["bytes"].as_u64().unwrap();
    assert_eq!((read, &report["read"]["requests"]), (asked_for(&server, length), &requests.into()), "{}", path.display());
    assert_eq!(report["read"]["sourceBytes"], length);
    (read, requests)
}

/// Bytes of a file's headers, and of its sound.
fn parts(path: &Path) -> (u64, u64) {
    let bytes = std::fs::read(path).unwrap();
    let movie = reelway_mp4::Movie::parse(&bytes).unwrap();
    let sounds = movie.media_tracks().filter(|track| track.kind == reelway_mp4::TrackKind::Audio);
    let sound = sounds.flat_map(reelway_mp4::Track::samples).map(|sample| u64::from(sample.unwrap().size)).sum();
    let headers = reelway_mp4::Boxes::new(&bytes).filter(|one| one.kind != reelway_mp4::FourCc::new(b"mdat"));
    (headers.map(|one| one.whole.len() as u64).sum(), sound)
}

#[test]
fn of_a_url_the_sounds_bytes_are_read_and_few_others() {
    // The beginning is read before anything is known, and a window at each box.
    let beginning = 80 << 10;
    for name in ["sintel-trailer-720p.mp4", "gopro-hero.mp4", "flower-540p.mp4", "iphone-hdr-dovi-rot90-editlist.mp4"] {
        let Some(path) = clip(name) else { continue };
        let (headers, sound) = parts(&path);
        let (read, requests) = sound_of_url(&path, "0");
        assert!(read <= sound + headers + beginning, "{name}: {read} bytes for {sound}");
        let (with_gaps, fewer) = sound_of_url(&path, "65536");
        assert!(with_gaps >= read && fewer <= requests, "{name}: {with_gaps} in {fewer}, {read} in {requests}");
        eprintln!("{name}: {sound} of sound; {read} in {requests} requests, {with_gaps} in {fewer} with gaps");
        // Sound that stands in pieces of half a second has no small gaps.
        if name.starts_with("flower") || name.starts_with("iphone") {
            assert!(with_gaps <= sound + headers + beginning && fewer < 20, "{name}: {with_gaps} in {fewer}");
        }
    }
}

/// The key frames of a file at these times are pictures of the source, at their times, in so many tracks.
///
/// Where an edit begins between two pictures, ffmpeg shows the first of them at once, and all that many ticks early.
fn looks_alike(path: &Path, at: &str, (pictures, streams): (usize, usize), early: i64) {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("keys.mp4");
    let report = answer(&extract(path.to_str().unwrap(), &output, &["--key-frames", "--at", at]));
    let base = format!("1:{}", report["timescale"]);
    let clock = ["-fps_mode", "passthrough", "-enc_time_base", &base];
    let planned = report["keyFrames"].as_array().unwrap();
    assert_eq!(planned.len(), pictures, "{}: {report}", path.display());
    assert_eq!(planned[pictures - 1]["stream"], streams - 1, "{}: {report}", path.display());
    let source = decoded(path, "0:v:0", &clock);
    for stream in 0..streams {
        let found = decoded(&output, &format!("0:v:{stream}"), &clock);
        let own = planned.iter().filter(|one| one["stream"] == stream);
        let times: Vec<i64> = own.map(|one| one["time"].as_i64().unwrap()).collect();
        assert_eq!(found.iter().map(|(time, _)| *time).collect::<Vec<_>>(), times, "{}", path.display());
        for (time, hash) in &found {
            let in_source = (time - early, hash.clone());
            assert!(source.contains(&in_source), "{}: {in_source:?} is no picture of the source", path.display());
        }
    }
}

#[test]
fn key_frames_decode_alone_to_the_sources_pictures_at_their_times() {
    for name in ["h264-b-frames.mp4", "h264-odd-timescale.mp4", "h264-vfr.mp4", "vp9-flac.mp4", "av1-opus.mp4"] {
        looks_alike(&fixture(name), "0,0.1,2.5,5.9", (3, 1), 0);
    }
    looks_alike(&fixtures::rotated(), "3,4.2", (2, 1), 0);
    looks_alike(&fixtures::edited(), "0,1.7,99", (1, 1), 256);
    if let Some(path) = clip("sintel-trailer-720p.mp4") {
        looks_alike(&path, "10,20,30,40", (4, 1), 0);
    }
}

#[test]
fn key_frames_of_open_groups_keep_their_order() {
    looks_alike(&fixture("h264-open-gop.mp4"), "0,1.5,2.2,3.7,5.9", (5, 5), 0);
    looks_alike(&fixture("hevc-10bit-hdr.mp4"), "0,2.5,5.9", (3, 3), 0);
    looks_alike(&fixtures::hevc_open_gop(), "0,1.5,2.2,3.7,5.9", (5, 5), 0);
    if let Some(path) = clip("iphone-hdr-dovi-rot90-editlist.mp4") {
        looks_alike(&path, "1,2", (2, 2), 7);
    }
}

#[test]
fn of_a_url_a_key_frame_costs_its_own_bytes() {
    let Some(path) = clip("person-139s-432p.mp4") else { return };
    let scratch = tempfile::tempdir().unwrap();
    let (of_file, of_url) = (scratch.path().join("a.mp4"), scratch.path().join("b.mp4"));
    let flags = ["--key-frames", "--at", "30,60,90,120"];
    let report = answer(&extract(path.to_str().unwrap(), &of_file, &flags));
    let server = serving(&path);
    let read = answer(&extract(&format!("{}/film", server.url), &of_url, &flags))["read"].clone();
    assert!(std::fs::read(of_file).unwrap() == std::fs::read(of_url).unwrap());
    let own: u64 = report["keyFrames"].as_array().unwrap().iter().map(|one| one["bytes"].as_u64().unwrap()).sum();
    let bytes = std::fs::read(&path).unwrap();
    // The beginning, the header, the pictures, and what lies in gaps between them.
    let headers = (64 << 10) + bytes.len() as u64 / 50;
    assert_eq!(read["bytes"], asked_for(&server, bytes.len()));
    assert!(read["bytes"].as_u64().unwrap() <= own + headers, "{read}: {own} of pictures");
    assert!(read["requests"].as_u64().unwrap() <= 8, "{read}");
}

#[test]
fn several_connections_read_at_one_time() {
    let Some(path) = clip("bbb-4k60-16s.mp4") else { return };
    let bytes = Arc::new(std::fs::read(&path).unwrap());
    let busy = Arc::new(std::sync::Mutex::new((0, 0)));
    let watched = Arc::clone(&busy);
    let server = Server::start(move |request| {
        let mut now = watched.lock().unwrap();
        *now = (now.0 + 1, now.1.max(now.0 + 1));
        drop(now);
        std::thread::sleep(std::time::Duration::from_millis(50));
        watched.lock().unwrap().0 -= 1;
        Reply::serve(&bytes, request, "\"a\"")
    });
    let scratch = tempfile::tempdir().unwrap();
    answer(&extract(&format!("{}/film", server.url), &scratch.path().join("a.mp4"), &["--audio", "--gap", "4096"]));
    let most = busy.lock().unwrap().1;
    assert!((2..=6).contains(&most), "{most} requests at one time");
}

#[test]
fn what_can_not_be_extracted_is_refused_and_leaves_nothing() {
    let scratch = tempfile::tempdir().unwrap();
    let output = scratch.path().join("out/a.mp4");
    let fails = |input: &Path, flags: &[&str], exit: i32, word: &str| {
        let result = extract(input.to_str().unwrap(), &output, flags);
        let words = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(result.status.code() == Some(exit) && words.contains(word), "{flags:?}: {words}");
        assert!(!output.exists() && result.stdout.is_empty(), "{flags:?}");
    };
    let (both, silent) = (fixture("h264-b-frames.mp4"), fixture("h264-open-gop.mp4"));
    fails(&both, &[], 2, "--audio");
    fails(&both, &["--audio", "--key-frames", "--at", "1"], 2, "cannot be used");
    fails(&both, &["--key-frames"], 2, "--at");
    fails(&both, &["--key-frames", "--at", "-1"], 2, "");
    fails(&both, &["--key-frames", "--at", "nan"], 2, "request_invalid");
    fails(&both, &["--audio", "--track", "1"], 2, "track_not_found");
    fails(&both, &["--key-frames", "--at", "1", "--track", "2"], 2, "track_not_found");
    fails(&silent, &["--audio"], 2, "track_not_found");
    fails(&ENCRYPTED.path(), &["--key-frames", "--at", "1"], 3, "encrypted");
    let bytes = std::fs::read(&both).unwrap();
    let cut = scratch.path().join("cut.mp4");
    let fast = std::fs::read(fixture("h264-faststart.mp4")).unwrap();
    for (bytes, percent, moov_is_there) in [(&bytes, 50, false), (&fast, 30, true), (&fast, 60, true), (&fast, 95, true)] {
        std::fs::write(&cut, &bytes[..bytes.len() * percent / 100]).unwrap();
        let code = if moov_is_there { "truncated" } else { "not_mp4" };
        fails(&cut, &["--audio"], 3, code);
        fails(&cut, &["--key-frames", "--at", "5.9"], 3, code);
    }
    let strict = reelway_media(&["extract", "--audio", "-o", output.to_str().unwrap(), &serving(&both).url]);
    assert_eq!(strict.status.code(), Some(3));
}
