//! `fetch` for a program that gives it the URL and the room: what the runner says to it, and what it hears.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::support::server::{Reply, Server};
use serde_json::{Value, json};

/// A running `fetch - --ask-room`, with what it has to say.
struct Conversation {
    child: Child,
    lines: std::io::Lines<BufReader<ChildStdout>>,
    folder: tempfile::TempDir,
}

impl Conversation {
    fn begin(url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_reelway-media"))
            .args(["fetch", "-", "--json", "--ask-room", "--allow-private", "--retries", "2", "-o"])
            .arg(folder.path().join("film.mp4"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut conversation = Self { child, lines, folder };
        conversation.say(url);
        conversation
    }

    fn say(&mut self, line: &str) {
        writeln!(self.child.stdin.as_mut().unwrap(), "{line}").unwrap();
    }

    /// The next event that is no progress.
    fn hear(&mut self) -> Value {
        let events = self.lines.by_ref().map(|line| serde_json::from_str::<Value>(&line.unwrap()).unwrap());
        events.into_iter().find(|event| event["event"] != "progress").unwrap_or(Value::Null)
    }

    /// What lies in the folder, in bytes on the disk.
    fn bytes_written(&self) -> u64 {
        use std::os::unix::fs::MetadataExt;
        std::fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().metadata().unwrap().blocks() * 512).sum()
    }

    /// Its exit code and its words, when nothing more is said to it.
    fn end(mut self) -> (i32, String) {
        drop(self.child.stdin.take());
        let output = self.child.wait_with_output().unwrap();
        (output.status.code().unwrap(), String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

const LENGTH: usize = 700_000;

fn film() -> Vec<u8> {
    (0..LENGTH).map(|at| u8::try_from(at * 31 % 251).unwrap()).collect()
}

#[test]
fn nothing_is_written_before_there_is_room() {
    let server = Server::start(|request| Reply::serve(&film(), request, "\"a\"").header("Content-Type", "video/mp4"));
    let mut fetch = Conversation::begin(&server.url);
    assert_eq!(fetch.hear(), json!({"event": "room", "bytes": LENGTH}));
    std::thread::sleep(std::time::Duration::from_millis(200));
    assert_eq!(fetch.bytes_written(), 0);
    fetch.say("go on");
    assert_eq!(fetch.hear()["contentType"], "video/mp4");
    assert_eq!(fetch.hear()["event"], "done");
    assert!(std::fs::read(fetch.folder.path().join("film.mp4")).unwrap() == film());
    assert_eq!(fetch.end().0, 0);
}

#[test]
fn room_that_is_refused_ends_the_work() {
    let server = Server::start(|request| Reply::serve(&film(), request, "\"a\""));
    let mut fetch = Conversation::begin(&server.url);
    assert_eq!(fetch.hear()["event"], "room");
    let (code, words) = fetch.end();
    assert_eq!(code, 4);
    assert!(words.starts_with("reelway-media: no_room: "), "{words}");
}

#[test]
fn room_for_a_source_of_unknown_length_is_asked_for_in_steps() {
    let server = Server::start(|_| Reply { body: film(), ..Reply::status(200).header("Connection", "close") });
    let mut fetch = Conversation::begin(&server.url);
    assert_eq!(fetch.hear()["event"], "started");
    let room = fetch.hear();
    assert!(room["bytes"].as_u64().unwrap() > 64 << 20, "{room}");
    fetch.say("go on");
    assert_eq!(fetch.hear()["bytes"], LENGTH);
    assert_eq!(fetch.end().0, 0);
}

#[test]
fn a_whole_answer_that_breaks_is_gone_on_with_where_the_server_can() {
    let server = Server::start(|request| match request.number {
        // Some servers answer a request for all bytes as if it named none.
        0 => Reply { body: film(), cut_at: Some(LENGTH / 2), ..Reply::status(200).header("ETag", "\"a\"") },
        _ => Reply::serve(&film(), request, "\"a\""),
    });
    let mut fetch = Conversation::begin(&server.url);
    assert_eq!(fetch.hear()["event"], "room");
    fetch.say("go on");
    let events: Vec<Value> = (0..3).map(|_| fetch.hear()).collect();
    assert_eq!(
        (&events[0]["ranges"], &events[1]["event"], &events[2]["bytes"]),
        (&json!(false), &json!("retry"), &json!(LENGTH))
    );
    assert_eq!(server.requests()[1].header("range"), Some(format!("bytes={}-", LENGTH / 2).as_str()));
    assert_eq!(server.requests()[1].header("if-match"), Some("\"a\""));
    assert!(std::fs::read(fetch.folder.path().join("film.mp4")).unwrap() == film());
}

#[test]
fn a_whole_answer_that_was_replaced_begins_anew() {
    let other: Vec<u8> = film().into_iter().rev().collect();
    let new = other.clone();
    let server = Server::start(move |request| match request.number {
        0 => Reply { body: film(), cut_at: Some(LENGTH / 2), ..Reply::status(200).header("ETag", "\"a\"") },
        1 => Reply::status(412),
        _ => Reply { body: new.clone(), ..Reply::status(200).header("ETag", "\"b\"") },
    });
    let mut fetch = Conversation::begin(&server.url);
    assert_eq!(fetch.hear()["event"], "room");
    fetch.say("go on");
    while fetch.hear()["event"] != "done" {}
    assert!(std::fs::read(fetch.folder.path().join("film.mp4")).unwrap() == other);
}
