//! Titles that must not be taken apart: `plan` says why, and `cut` cuts nothing wrong out of them.

use std::path::{Path, PathBuf};

use crate::support::fixtures::{self, ENCRYPTED, FOREIGN, MATRIX, make};
use crate::support::reelway_media;
use serde_json::Value;

/// The code with which a file is planned whole.
fn code(path: &Path) -> String {
    let scratch = tempfile::tempdir().unwrap();
    let index = scratch.path().join("index.json");
    let indexed = reelway_media(&[Path::new("index"), path]);
    assert!(indexed.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&indexed.stderr));
    std::fs::write(&index, &indexed.stdout).unwrap();
    let planned = reelway_media(&["plan".as_ref(), "--index".as_ref(), index.as_os_str()]);
    assert!(planned.status.success(), "{}: {}", path.display(), String::from_utf8_lossy(&planned.stderr));
    let plan: Value = serde_json::from_slice(&planned.stdout).unwrap();
    assert!(plan["whole"]["reason"].is_string() && plan["chunks"].is_null(), "{plan}");
    plan["whole"]["code"].as_str().unwrap().to_owned()
}

/// A file whose header stands at the end, where it may grow.
struct Header {
    bytes: Vec<u8>,
}

impl Header {
    fn of(path: &Path) -> Self {
        let bytes = std::fs::read(path).unwrap();
        let found = Self { bytes };
        assert!(found.find("moov") > found.find("mdat"), "{}: the header comes first", path.display());
        found
    }

    /// Where a box's type stands, the last one in the file: its payload follows.
    fn find(&self, kind: &str) -> usize {
        self.bytes.windows(4).rposition(|four| four == kind.as_bytes()).unwrap_or_else(|| panic!("no {kind}"))
    }

    fn word(&self, at: usize) -> u32 {
        u32::from_be_bytes(self.bytes[at..at + 4].try_into().unwrap())
    }

    fn put(&mut self, at: usize, value: u32) {
        self.bytes[at..at + 4].copy_from_slice(&value.to_be_bytes());
    }

    /// Puts bytes at the end of the last of these boxes, each of which is in the one before; counts an entry more in it.
    fn append_entry(&mut self, boxes: &[&str], entry: &[u8]) {
        let last = self.find(boxes[boxes.len() - 1]);
        let end = last - 4 + self.word(last - 4) as usize;
        self.put(last + 8, self.word(last + 8) + 1);
        for kind in boxes {
            let at = self.find(kind) - 4;
            self.put(at, self.word(at) + u32::try_from(entry.len()).unwrap());
        }
        self.bytes.splice(end..end, entry.iter().copied());
    }

    fn rename(&mut self, from: &str, to: &str) {
        let at = self.find(from);
        self.bytes[at..at + 4].copy_from_slice(to.as_bytes());
    }

    fn code(&self) -> String {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("changed.mp4");
        std::fs::write(&path, &self.bytes).unwrap();
        code(&path)
    }
}

/// Six seconds of pictures alone, a key frame each second.
fn pictures(name: &str, more: &str) -> PathBuf {
    let mut arguments =
        vec!["-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=6", "-c:v", "libx264", "-preset", "ultrafast"];
    arguments.extend(more.split(' '));
    make(name, &arguments)
}

#[test]
fn key_frames_that_are_not_there_or_far_apart() {
    assert_eq!(code(&pictures("one-key.mp4", "-g 1000")), "one_key_frame");
    let slow = "testsrc2=size=160x90:rate=2:duration=130";
    let far = ["-f", "lavfi", "-i", slow, "-c:v", "libx264", "-preset", "ultrafast", "-g", "1000", "-force_key_frames", "65"];
    assert_eq!(code(&make("far-keys.mp4", &far)), "far_key_frames");
    let vp9 = MATRIX.iter().find(|fixture| fixture.name == "vp9-flac.mp4").unwrap();
    let mut unmarked = Header::of(&vp9.path());
    unmarked.rename("stss", "free");
    assert_eq!(unmarked.code(), "no_key_frame_flags");
}

#[test]
fn pictures_that_are_not_one_behind_the_other() {
    let uneven = pictures("uneven.mp4", "-vf select=not(mod(n\\,3))+not(mod(n\\,7)) -fps_mode vfr -g 10");
    let mut repeated = Header::of(&uneven);
    let table = repeated.find("stts");
    assert!(repeated.word(table + 8) > 1);
    repeated.put(table + 16, 0);
    assert_eq!(repeated.code(), "unordered_pictures");

    // The tail of a stream with open groups: its first pictures are decoded from some that are not there.
    let open = fixtures::hevc_open_gop();
    let tail = make("open-tail.mp4", &["-ss", "2", "-i", open.to_str().unwrap(), "-c", "copy"]);
    let mut shown = Header::of(&tail);
    shown.rename("edts", "free");
    assert_eq!(shown.code(), "no_clean_start");
}

#[test]
fn tracks_put_together_from_parts() {
    // Sound between the pictures, so that these stand in several places.
    let mut arguments =
        vec!["-f", "lavfi", "-i", "sine=duration=6", "-f", "lavfi", "-i", "testsrc2=size=160x90:rate=25:duration=6"];
    arguments.extend(["-map", "0", "-map", "1", "-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-c:a", "aac"]);
    let path = make("sound-first.mp4", &arguments);
    let mut edited = Header::of(&path);
    let entry = edited.bytes[edited.find("elst") + 12..][..12].to_vec();
    edited.append_entry(&["moov", "trak", "edts", "elst"], &entry);
    assert_eq!(edited.code(), "several_edits");

    let mut recoded = Header::of(&path);
    let first = recoded.find("stsd") + 12;
    let entry = recoded.bytes[first..first + recoded.word(first) as usize].to_vec();
    recoded.append_entry(&["moov", "trak", "mdia", "minf", "stbl", "stsd"], &entry);
    let runs = recoded.find("stsc");
    let count = recoded.word(runs + 8);
    if count > 1 {
        recoded.put(runs + 12 + 12 * (count as usize - 1) + 8, 2);
    } else {
        let chunks = recoded.word(recoded.find("stco") + 8);
        let entry = [chunks, recoded.word(runs + 16), 2].map(u32::to_be_bytes).concat();
        recoded.append_entry(&["moov", "trak", "mdia", "minf", "stbl", "stsc"], &entry);
    }
    assert_eq!(recoded.code(), "several_sample_entries");
}

#[test]
fn what_has_an_obstacle_is_not_cut() {
    assert_eq!(code(&FOREIGN.path()), "unknown_codec");
    assert_eq!(code(&ENCRYPTED.path()), "encrypted");
    let scratch = tempfile::tempdir().unwrap();
    let (index, output) = (scratch.path().join("index.json"), scratch.path().join("out.mp4"));
    std::fs::write(&index, reelway_media(&[Path::new("index"), &ENCRYPTED.path()]).stdout).unwrap();
    let [index, output, source] = [&index, &output, &ENCRYPTED.path()].map(|path| path.to_str().unwrap().to_owned());
    let cut = reelway_media(&["cut", "--index", &index, "--from", "0", "--to", "1", "-o", &output, &source]);
    let words = String::from_utf8_lossy(&cut.stderr).into_owned();
    assert!(cut.status.code() == Some(3) && words.contains("encrypted") && !Path::new(&output).exists(), "{words}");
}
