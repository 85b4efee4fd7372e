//! `fetch` against servers that behave, that misbehave, and that must not be reached.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::reelway_media;
use crate::support::server::{Reply, Request, Server};
use md5::{Digest, Md5};
use serde_json::Value;
use sha2::Sha256;

/// Bytes that are the same nowhere: whoever puts one in the wrong place is found out.
fn bytes(count: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state.to_le_bytes()
    };
    std::iter::repeat_with(&mut next).flatten().take(count).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]).filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn output(&self) -> PathBuf {
        self.0.path().join("film.mp4")
    }

    fn fetch(&self, url: &str, flags: &[&str]) -> Output {
        let output = self.output();
        let mut arguments = vec!["fetch", url, "-o", output.to_str().unwrap(), "--allow-private"];
        arguments.extend(flags);
        reelway_media(&arguments)
    }

    fn files(&self) -> HashSet<String> {
        std::fs::read_dir(self.0.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect()
    }

    /// The file is there, whole, and nothing beside it.
    fn assert_holds(&self, expected: &[u8]) {
        assert_eq!(self.files(), HashSet::from(["film.mp4".to_owned()]));
        assert!(std::fs::read(self.output()).unwrap() == expected, "other bytes");
    }
}

fn report(output: &Output) -> Value {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    serde_json::from_str(&text).or_else(|_| serde_json::from_str(text.lines().last().unwrap())).unwrap()
}

fn failure(output: &Output) -> (i32, String) {
    (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
}

#[track_caller]
fn assert_fails(output: &Output, exit: i32, code: &str) {
    let (found, text) = failure(output);
    assert_eq!(found, exit, "{text}");
    assert!(text.starts_with(&format!("reelway-media: {code}: ")), "{text}");
}

#[test]
fn ranges_are_fetched_side_by_side_and_checked() {
    let source = Arc::new(bytes(6_000_000));
    let content = Arc::clone(&source);
    let server = Server::start(move |request| Reply { rate: Some(1_500_000), ..Reply::serve(&content, request, "\"a\"") });
    let scratch = Scratch::new();
    let digests = (hex(&Md5::digest(&*source)), hex(&Sha256::digest(&*source)).to_uppercase());
    let output = scratch.fetch(&server.url, &["--md5", &digests.0, "--sha256", &digests.1, "--json"]);
    let done = report(&output);
    scratch.assert_holds(&source);
    assert!(done["peakConnections"].as_u64().unwrap() > 5, "{done}");
    assert_eq!((&done["event"], &done["bytes"]), (&"done".into(), &6_000_000.into()));
    assert_eq!(done["md5"], digests.0.as_str());
    let events: Vec<Value> =
        String::from_utf8_lossy(&output.stdout).lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!((&events[0]["event"], &events[0]["total"]), (&"started".into(), &6_000_000.into()));
}

#[test]
fn wrong_digests_leave_nothing() {
    let server = Server::start(|request| Reply::serve(&bytes(1000), request, "\"a\""));
    let scratch = Scratch::new();
    assert_fails(&scratch.fetch(&server.url, &["--sha256", &"0".repeat(64)]), 3, "digest_mismatch");
    assert_fails(&scratch.fetch(&server.url, &["--md5", &"0".repeat(32)]), 3, "digest_mismatch");
    assert_eq!(scratch.fetch(&server.url, &["--md5", "12"]).status.code(), Some(2));
    assert!(scratch.files().is_empty(), "{:?}", scratch.files());
}

#[test]
fn a_killed_run_is_gone_on_with() {
    let source = Arc::new(bytes(8_000_000));
    let content = Arc::clone(&source);
    let slow = Arc::new(AtomicUsize::new(300_000));
    let rate = Arc::clone(&slow);
    let server = Server::start(move |request| Reply {
        rate: Some(rate.load(Ordering::Relaxed)),
        ..Reply::serve(&content, request, "\"a\"")
    });
    let scratch = Scratch::new();
    let output = scratch.output();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_reelway-media"))
        .args(["fetch", &server.url, "-o", output.to_str().unwrap(), "--allow-private", "--connections", "4"])
        .spawn()
        .unwrap();
    let journal = scratch.0.path().join(".film.mp4.fetch.json");
    let deadline = std::time::Instant::now() + Duration::from_secs(20);
    while !journal.exists() && std::time::Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(journal.exists() && !output.exists());
    slow.store(50_000_000, Ordering::Relaxed);
    let done = report(&scratch.fetch(&server.url, &["--sha256", &hex(&Sha256::digest(&*source))]));
    scratch.assert_holds(&source);
    assert!(done["resumedBytes"].as_u64().unwrap() > 500_000, "{done}");
}

/// Makes a first run stop in the middle, and gives the number of requests it made.
fn interrupted(scratch: &Scratch, server: &Server) -> usize {
    assert_eq!(scratch.fetch(&server.url, &["--retries", "0", "--connections", "1"]).status.code(), Some(4));
    assert_eq!(scratch.files().len(), 2, "{:?}", scratch.files());
    server.requests().len()
}

/// Serves `old` cut in the middle at first, then whatever `then` says.
fn changing(old: Vec<u8>, then: impl Fn(&Request) -> Reply + Send + Sync + 'static) -> Server {
    Server::start(move |request| match request.number {
        0 => Reply { cut_at: Some(400_000), ..Reply::serve(&old, request, "\"old\"") },
        _ => then(request),
    })
}

#[test]
fn an_interrupted_run_keeps_what_it_has_and_a_changed_source_begins_anew() {
    let source = bytes(1_000_000);
    let same = source.clone();
    let server = changing(source.clone(), move |request| Reply::serve(&same, request, "\"old\""));
    let scratch = Scratch::new();
    let before = interrupted(&scratch, &server);
    let done = report(&scratch.fetch(&server.url, &[]));
    scratch.assert_holds(&source);
    assert_eq!(done["resumedBytes"], 400_000, "{done}");
    assert_eq!(server.requests()[before].header("range"), Some("bytes=400000-"));

    // The same length, another tag; a shorter one; one without ranges.
    let mut other = source.clone();
    other.reverse();
    for (new, ranges) in [(other.clone(), true), (other[..300_000].to_vec(), true), (other, false)] {
        let content = new.clone();
        let server = changing(source.clone(), move |request| {
            if ranges {
                Reply::serve(&content, request, "\"new\"")
            } else {
                Reply { body: content.clone(), ..Reply::status(200) }
            }
        });
        let scratch = Scratch::new();
        interrupted(&scratch, &server);
        assert_eq!(report(&scratch.fetch(&server.url, &[]))["resumedBytes"], 0);
        scratch.assert_holds(&new);
    }
}

#[test]
fn a_journal_that_lies_is_not_believed() {
    let source = bytes(1_000_000);
    let content = source.clone();
    let server = changing(source.clone(), move |request| Reply::serve(&content, request, "\"old\""));
    for damage in ["{", "{\"version\":9}", "shorter file"] {
        let scratch = Scratch::new();
        std::fs::write(scratch.0.path().join(".film.mp4.fetch"), vec![7; 1_000_000]).unwrap();
        std::fs::write(scratch.0.path().join(".film.mp4.fetch.json"), damage).unwrap();
        report(&scratch.fetch(&server.url, &[]));
        scratch.assert_holds(&source);
    }
}

#[test]
fn a_source_that_changes_on_the_way_is_fetched_anew() {
    let (old, new) = (bytes(3_000_000), bytes(2_000_000));
    let expected = new.clone();
    let server = Server::start(move |request| match request.number {
        0..3 => Reply { rate: Some(1_000_000), ..Reply::serve(&old, request, "\"old\"") },
        _ if request.header("if-match") == Some("\"old\"") => Reply::status(412),
        _ => Reply::serve(&new, request, "\"new\""),
    });
    let scratch = Scratch::new();
    report(&scratch.fetch(&server.url, &[]));
    scratch.assert_holds(&expected);
}

#[test]
fn failures_that_pass_are_tried_again_and_others_are_not() {
    let source = bytes(2_000_000);
    let content = source.clone();
    // Every other request fails: with no connection, half a body, or the server's own troubles.
    let server = Server::start(move |request| match request.number % 8 {
        0 => Reply::status(503).header("Retry-After", "0"),
        2 => Reply { cut_at: Some(50_000), ..Reply::serve(&content, request, "\"a\"") },
        4 => Reply { cut_at: Some(0), ..Reply::serve(&content, request, "\"a\"") },
        6 => Reply::status(500),
        _ => Reply::serve(&content, request, "\"a\""),
    });
    let scratch = Scratch::new();
    let done = report(&scratch.fetch(&server.url, &["--connections", "3"]));
    scratch.assert_holds(&source);
    assert!(done["retries"].as_u64().unwrap() >= 1, "{done}");

    for (status, exit, code) in [
        (404, 3, "source_not_found"),
        (403, 3, "source_denied"),
        (400, 3, "source_status"),
        (412, 3, "precondition_failed"),
        (503, 4, "source_status"),
    ] {
        let server = Server::start(move |_| Reply::status(status));
        let scratch = Scratch::new();
        assert_fails(&scratch.fetch(&server.url, &["--retries", "1"]), exit, code);
        assert_eq!(server.requests().len(), if status == 503 { 2 } else { 1 });
        assert!(scratch.files().is_empty());
    }
}

#[test]
fn retry_after_is_honoured_and_connections_are_halved() {
    let source = bytes(4_000_000);
    let content = source.clone();
    let busy = Mutex::new(0);
    let most = Arc::new(AtomicUsize::new(0));
    let seen = Arc::clone(&most);
    let started = std::time::Instant::now();
    let server = Server::start(move |request| {
        let mut now = busy.lock().unwrap();
        if *now >= 2 {
            return Reply::status(429).header("Retry-After", "1");
        }
        *now += 1;
        seen.fetch_max(*now, Ordering::Relaxed);
        drop(now);
        // Slow enough that one connection can't have it all before the others have begun.
        std::thread::sleep(Duration::from_millis(50));
        let reply = Reply { rate: Some(1_500_000), ..Reply::serve(&content, request, "\"a\"") };
        *busy.lock().unwrap() -= 1;
        reply
    });
    let scratch = Scratch::new();
    let done = report(&scratch.fetch(&server.url, &[]));
    scratch.assert_holds(&source);
    assert!(started.elapsed() > Duration::from_secs(1), "{done}");
    assert!((1..20).contains(&done["retries"].as_u64().unwrap()), "{done}");
}

#[test]
fn servers_without_ranges_give_one_stream_and_short_bodies_are_noticed() {
    let source = bytes(700_000);
    let content = source.clone();
    let server = Server::start(move |request| {
        let reply = Reply { body: content.clone(), ..Reply::status(200) };
        if request.number == 0 { Reply { cut_at: Some(300_000), ..reply } } else { reply }
    });
    let scratch = Scratch::new();
    let done = report(&scratch.fetch(&server.url, &[]));
    scratch.assert_holds(&source);
    assert_eq!((&done["ranges"], &done["requests"]), (&false.into(), &2.into()));

    // No length at all: the end of the connection is the end of the file.
    let content = source.clone();
    let server = Server::start(move |_| Reply { body: content.clone(), ..Reply::status(200).header("Connection", "close") });
    let scratch = Scratch::new();
    report(&scratch.fetch(&server.url, &[]));
    scratch.assert_holds(&source);
    let too_large = scratch.fetch(&server.url, &["--max-bytes", "699999"]);
    assert_fails(&too_large, 3, "source_too_large");
}

#[test]
fn empty_and_tiny_sources_are_fetched() {
    for count in [0, 1] {
        let server = Server::start(move |request| Reply::serve(&bytes(count), request, "\"a\""));
        let scratch = Scratch::new();
        assert_eq!(report(&scratch.fetch(&server.url, &[]))["bytes"], count);
        scratch.assert_holds(&bytes(count));
    }
}

#[test]
fn what_is_too_large_is_refused_before_it_is_read() {
    let server = Server::start(|request| Reply::serve(&bytes(2000), request, "\"a\""));
    let scratch = Scratch::new();
    assert_fails(&scratch.fetch(&server.url, &["--max-bytes", "1999"]), 3, "source_too_large");
    assert!(scratch.files().is_empty());
    report(&scratch.fetch(&server.url, &["--max-bytes", "2000"]));
}

#[test]
fn answers_that_contradict_themselves_are_refused() {
    let part = |range: &str, count| Reply { body: bytes(count), ..Reply::status(206) }.header("Content-Range", range);
    let replies: Vec<Reply> = vec![
        // Another range, a range of another length, none, no whole length, coded, more than the whole.
        part("bytes 5-104/1000", 100),
        part("bytes 0-98/1000", 100),
        Reply { body: bytes(10), ..Reply::status(206) },
        part("bytes 0-99/*", 100),
        part("bytes 0-99/100", 100).header("Content-Encoding", "gzip"),
        part("bytes 0-99/50", 100),
    ];
    for reply in replies {
        let name = format!("{:?}", reply.headers);
        let server = Server::start(move |_| reply.clone());
        let scratch = Scratch::new();
        let (exit, text) = failure(&scratch.fetch(&server.url, &["--retries", "0"]));
        assert!(exit == 4 && text.contains("source_protocol"), "{name}: {exit} {text}");
        assert!(scratch.files().is_empty(), "{name}");
    }
}

#[test]
fn parts_smaller_than_asked_for_are_put_together() {
    let source = bytes(900_000);
    let content = source.clone();
    let server = Server::start(move |request| {
        let range = request.range(content.len()).unwrap();
        let end = range.end.min(range.start + 100_000);
        let text = format!("bytes {}-{}/{}", range.start, end - 1, content.len());
        Reply { body: content[range.start..end].to_vec(), ..Reply::status(206) }.header("Content-Range", &text)
    });
    let scratch = Scratch::new();
    report(&scratch.fetch(&server.url, &[]));
    scratch.assert_holds(&source);
}

#[test]
fn redirects_are_followed_and_secrets_stay_with_their_host() {
    let source = bytes(1000);
    let content = source.clone();
    let target = Server::start(move |request| Reply::serve(&content, request, "\"a\""));
    let address = target.url.clone();
    let server = Server::start(move |request| match request.path.as_str() {
        "/" => Reply::status(302).header("Location", "/next"),
        "/next" => Reply::status(307).header("Location", &format!("{address}/film")),
        _ => Reply::status(301).header("Location", "/loop"),
    });
    let scratch = Scratch::new();
    report(&scratch.fetch(&server.url, &["--header", "Authorization: Bearer secret"]));
    scratch.assert_holds(&source);
    assert!(server.requests().iter().all(|request| request.header("authorization") == Some("Bearer secret")));
    assert!(target.requests().iter().all(|request| request.header("authorization").is_none()));

    let before = server.requests().len();
    assert_fails(&scratch.fetch(&format!("{}/loop", server.url), &[]), 3, "bad_redirect");
    assert_eq!(server.requests().len() - before, 6, "five redirects are followed");
    for location in ["ftp://127.0.0.1/", "file:///etc/passwd", "http://user:secret@127.0.0.1/"] {
        let server = Server::start(move |_| Reply::status(302).header("Location", location));
        assert_fails(&scratch.fetch(&server.url, &[]), 3, "source_forbidden");
    }
}

#[test]
fn an_entity_tag_that_is_asked_for_is_sent_and_held_to() {
    let server = Server::start(|request| match request.header("if-match") {
        Some("\"a\"") => Reply::serve(&bytes(10), request, "\"a\""),
        _ => Reply::status(412),
    });
    let scratch = Scratch::new();
    report(&scratch.fetch(&server.url, &["--if-match", "\"a\""]));
    assert_fails(&scratch.fetch(&server.url, &["--if-match", "\"b\""]), 3, "precondition_failed");
}

#[test]
fn without_leave_nothing_private_is_reached() {
    let server = Server::start(|request| Reply::serve(&bytes(10), request, "\"a\""));
    let scratch = Scratch::new();
    let vectors = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/net/forbidden-urls.json");
    let vectors: Value = serde_json::from_slice(&std::fs::read(vectors).unwrap()).unwrap();
    let urls = vectors["refused"].as_array().unwrap().iter().map(|vector| vector["url"].as_str().unwrap().to_owned());
    let output = scratch.output();
    for url in urls.chain([server.url.clone()]).filter(|url| !url.contains('\0')) {
        let own = ["--own-host", "reelway.example", "--own-host", "storage.reelway.example"];
        let arguments = [&["fetch", &url, "-o", output.to_str().unwrap(), "--retries", "0"][..], &own].concat();
        assert_fails(&reelway_media(&arguments), 3, "source_forbidden");
    }
    assert!(server.requests().is_empty() && scratch.files().is_empty());
}

#[test]
fn a_proxy_of_the_environment_is_not_used() {
    let source = bytes(10);
    let server = Server::start(move |request| Reply::serve(&source, request, "\"a\""));
    let proxy = Server::start(|_| Reply::status(500));
    let scratch = Scratch::new();
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_reelway-media"))
        .args(["fetch", &server.url, "-o", scratch.output().to_str().unwrap(), "--allow-private"])
        .envs(["http_proxy", "HTTP_PROXY", "https_proxy", "ALL_PROXY"].map(|name| (name, &proxy.url)))
        .output()
        .unwrap();
    report(&output);
    assert!(proxy.requests().is_empty());
}

#[test]
fn two_runs_for_one_place_do_not_mix() {
    let server = Server::start(|request| Reply { rate: Some(200_000), ..Reply::serve(&bytes(300_000), request, "\"a\"") });
    let scratch = Scratch::new();
    let url = server.url.clone();
    std::thread::scope(|scope| {
        let first = scope.spawn(|| scratch.fetch(&url, &["--connections", "1"]));
        std::thread::sleep(Duration::from_millis(500));
        assert_fails(&scratch.fetch(&url, &[]), 4, "busy");
        report(&first.join().unwrap());
    });
    scratch.assert_holds(&bytes(300_000));
}

#[test]
fn a_date_in_retry_after_is_waited_for() {
    let source = bytes(1000);
    let content = source.clone();
    let server = Server::start(move |request| match request.number {
        // By the server's own clock, however wrong: two seconds from its answer.
        0 => Reply::status(503)
            .header("Date", "Wed, 21 Oct 2015 07:28:00 GMT")
            .header("Retry-After", "Wed, 21 Oct 2015 07:28:02 GMT"),
        _ => Reply::serve(&content, request, "\"a\""),
    });
    let scratch = Scratch::new();
    let started = std::time::Instant::now();
    report(&scratch.fetch(&server.url, &[]));
    scratch.assert_holds(&source);
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
}
