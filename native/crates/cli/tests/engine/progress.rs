//! `--json`: lines of progress while a verb works, and what it would have printed without in the last one.

use std::path::Path;
use std::sync::Arc;

use crate::support::fixtures::MATRIX;
use crate::support::server::{Reply, Server};
use crate::support::{package, reelway_media};
use serde_json::Value;

fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// Runs a verb with and without `--json`, and gives the lines of progress: counts of `unit` that grow to their total.
fn progress(unit: &str, arguments: &[&str]) -> Vec<(u64, u64)> {
    let run = |more: &[&str]| {
        let result = reelway_media(&[arguments, more].concat());
        assert!(result.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&result.stderr));
        String::from_utf8(result.stdout).unwrap()
    };
    let plain: Value = serde_json::from_str(&run(&[])).unwrap();
    let lines: Vec<Value> = run(&["--json"]).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, lines) = lines.split_last().unwrap();
    let mut expected = plain;
    expected["event"] = "done".into();
    assert_eq!(*last, expected, "{arguments:?}");
    let told: Vec<(u64, u64)> = lines
        .iter()
        .map(|line| {
            assert_eq!(line["event"], "progress", "{line}");
            (line[unit].as_u64().unwrap(), line["total"].as_u64().unwrap())
        })
        .collect();
    assert!(told.is_sorted(), "{told:?}");
    told
}

#[test]
fn what_is_written_from_files_is_told_in_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let (source, output) = (MATRIX[0].path(), scratch.path().join("out.mp4"));
    let index = scratch.path().join("index.json");
    std::fs::write(&index, reelway_media(&["index", text(&source)]).stdout).unwrap();
    let folder = package(&[&source], scratch.path(), &[]);
    let (pictures, sound) = (folder.join("video-1"), folder.join("audio-1"));
    for arguments in [
        &["stitch", text(&pictures), text(&sound)][..],
        &["concat", text(&source), text(&source)],
        &["cut", "--index", text(&index), "--from", "1", "--to", "3", text(&source)],
        &["extract", "--audio", text(&source)],
        &["extract", "--key-frames", "--at", "0,2", text(&source)],
    ] {
        let told = progress("bytes", &[arguments, &["-o", text(&output)]].concat());
        let length = std::fs::metadata(&output).unwrap().len();
        assert_eq!(told.last(), Some(&(length, length)), "{arguments:?}");
    }
}

#[test]
fn what_is_read_of_a_url_is_told_too() {
    let scratch = tempfile::tempdir().unwrap();
    let (source, output) = (MATRIX[0].path(), scratch.path().join("out.mp4"));
    let index = scratch.path().join("index.json");
    std::fs::write(&index, reelway_media(&["index", text(&source)]).stdout).unwrap();
    let bytes = Arc::new(std::fs::read(&source).unwrap());
    let server = Server::start(move |request| Reply::serve(&bytes, request, "\"a\""));
    for arguments in [
        &["cut", "--index", text(&index), "--from", "1", "--to", "3"][..],
        &["extract", "--audio"],
        &["extract", "--key-frames", "--at", "0,2"],
    ] {
        let told = progress("bytes", &[arguments, &["--allow-private", "-o", text(&output), &server.url]].concat());
        let length = std::fs::metadata(&output).unwrap().len();
        let (done, total) = *told.last().unwrap();
        assert!(told.len() >= 2 && done == total && total > length, "{arguments:?}: {told:?} for {length} bytes");
    }
}

#[test]
fn plans_tell_of_chunks_and_manifests_of_bytes() {
    let scratch = tempfile::tempdir().unwrap();
    let source = MATRIX[0].path();
    let (index, slices) = (scratch.path().join("index.json"), scratch.path().join("slices"));
    std::fs::write(&index, reelway_media(&["index", text(&source)]).stdout).unwrap();
    let short = ["--segment-seconds", "1", "--chunk-seconds", "2", "--opening", "1"];
    let told = progress("chunks", &[&["plan", "--index", text(&index), "--slices", text(&slices)], &short[..]].concat());
    let (done, total) = *told.last().unwrap();
    assert!(done == total && told.len() as u64 == total && total > 1, "{told:?}");
    // Without slices it takes no time that is worth a word.
    assert!(progress("chunks", &["plan", "--index", text(&index)]).is_empty());

    let report = scratch.path().join("report.json");
    package(&[&source], scratch.path(), &["--segment-duration", "2", "--report", text(&report)]);
    let folder = scratch.path().join("lists");
    // A folder is made once: the second run finds the first one's.
    let plain = ["manifest", text(&report), "-o", text(&folder)];
    let first = reelway_media(&[&plain[..], &["--json"]].concat());
    let lines = String::from_utf8(first.stdout).unwrap();
    let lines: Vec<Value> = lines.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let length = std::fs::metadata(&report).unwrap().len();
    assert_eq!(lines[0], serde_json::json!({ "event": "progress", "bytes": length, "total": length }));
    assert_eq!((lines.len(), &lines[1]["event"], &lines[1]["growing"]), (2, &"done".into(), &false.into()));
}
