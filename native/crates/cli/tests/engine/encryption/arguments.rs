//! What the flags ask for, and that a key is nowhere to be seen.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use super::{KEY, KEY_ID, flags};
use crate::support::fixtures::MATRIX;
use crate::support::{package, reelway_media};

/// Runs `package` with these flags on a small file; its exit code and all that it said.
fn attempt(scratch: &Path, more: &[&str]) -> (Option<i32>, String) {
    let (output, input) = (scratch.join("out"), MATRIX[0].path());
    let paths = ["-o", output.to_str().unwrap(), input.to_str().unwrap()];
    let result = reelway_media(&[&["package"], more, &paths].concat());
    assert!(!output.exists() || result.status.success());
    let _ = std::fs::remove_dir_all(output);
    (result.status.code(), format!("{}{}", String::from_utf8_lossy(&result.stdout), String::from_utf8_lossy(&result.stderr)))
}

#[test]
fn half_a_request_is_refused_with_what_is_missing() {
    let scratch = tempfile::tempdir().unwrap();
    let with_id = ["--encrypt", "cbcs", "--key-id", KEY_ID];
    let whole = [&with_id[..], &["--key", KEY]].concat();
    for (flags, word) in [
        (vec!["--encrypt", "cbcs", "--key", KEY], "--key-id"),
        (with_id.to_vec(), "--key"),
        (vec!["--key", KEY], "--encrypt"),
        (whole.clone(), "--key-uri"),
        ([&whole[..], &["--key-uri", "key.bin"]].concat(), "begins with a slash"),
        ([&whole[..], &["--dash", "--iv", "0011223344556677"]].concat(), "16 bytes"),
        ([&whole[..], &["--dash", "--key-file", "/dev/null"]].concat(), "cannot be used with"),
        (vec!["--encrypt", "cens", "--key-id", KEY_ID, "--key", KEY], "cbcs and cenc"),
        (vec!["--encrypt", "cbcs", "--key-id", "12", "--key", KEY], "32 hexadecimal digits"),
    ] {
        let (code, words) = attempt(scratch.path(), &flags);
        assert!(code == Some(2) && words.contains(word), "{flags:?}: {words}");
        assert!(!words.contains(KEY), "{words}");
    }
    assert_eq!(attempt(scratch.path(), &[&whole[..], &["--dash"]].concat()).0, Some(0));
}

#[test]
fn a_key_is_never_shown() {
    let scratch = tempfile::tempdir().unwrap();
    let slipped = "00112233445566778899aabbccddeefx";
    for flag in ["--key", "--key-id"] {
        let other = if flag == "--key" { ["--key-id", KEY_ID] } else { ["--key", slipped] };
        let (code, words) = attempt(scratch.path(), &[&["--encrypt", "cbcs", "--dash", flag, slipped][..], &other].concat());
        // An id is public, and a wrong one is named; a key is not.
        assert!(code == Some(2) && (flag == "--key-id" || !words.contains(slipped)), "{words}");
    }
    let file = scratch.path().join("key");
    std::fs::write(&file, slipped).unwrap();
    let from_file = ["--encrypt", "cbcs", "--key-id", KEY_ID, "--dash", "--key-file", file.to_str().unwrap()];
    let (code, words) = attempt(scratch.path(), &from_file);
    assert!(code == Some(3) && !words.contains(slipped), "{words}");

    let report = scratch.path().join("report.json");
    let folder = package(
        &[&MATRIX[0].path()],
        scratch.path(),
        &[&flags("cenc")[..], &["--json", "--report", report.to_str().unwrap()]].concat(),
    );
    let report = std::fs::read(report).unwrap();
    assert!(report.windows(32).any(|digits| digits == KEY_ID.as_bytes()));
    let key = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
    let names =
        ["main.m3u8", "manifest.mpd", "video-1/init.mp4", "video-1/playlist.m3u8", "audio-1/init.mp4", "video-1/seg-00001.m4s"];
    for bytes in names.iter().map(|name| std::fs::read(folder.join(name)).unwrap()).chain([report]) {
        assert!(!bytes.windows(32).any(|digits| digits == KEY.as_bytes()) && !bytes.windows(16).any(|bytes| bytes == key));
    }
}

#[test]
fn a_key_comes_from_a_file_or_a_pipe_in_either_form() {
    let scratch = tempfile::tempdir().unwrap();
    let init_and_segment =
        |folder: &Path| ["init.mp4", "seg-00002.m4s"].map(|name| std::fs::read(folder.join("video-1").join(name)).unwrap());
    let expected = init_and_segment(&package(&[&MATRIX[0].path()], scratch.path(), &flags("cbcs")));
    let raw = 0x0011_2233_4455_6677_8899_aabb_ccdd_eeff_u128.to_be_bytes();
    for (name, content) in [("digits", format!("{KEY}\n").as_bytes()), ("raw", &raw[..])] {
        let output = scratch.path().join(name);
        let mut child = Command::new(env!("CARGO_BIN_EXE_reelway-media"))
            .args(["package", "--encrypt", "cbcs", "--key-id", KEY_ID, "--key-file", "/dev/stdin", "--dash"])
            .args(["--segment-duration", "2", "-o"])
            .args([&output, &MATRIX[0].path()])
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        child.stdin.take().unwrap().write_all(content).unwrap();
        assert!(child.wait().unwrap().success());
        assert!(init_and_segment(&output) == expected, "{name}");
    }
}

#[test]
fn what_is_encrypted_is_neither_joined_nor_packaged_again() {
    let scratch = tempfile::tempdir().unwrap();
    let folder = package(&[&MATRIX[0].path()], scratch.path(), &[&flags("cbcs")[..], &["--single-file"]].concat());
    let (rendition, output) = (folder.join("video-1"), scratch.path().join("again"));
    let (file, output) = (rendition.join("media.mp4"), output.to_str().unwrap());
    for arguments in [["stitch", "-o", output, file.to_str().unwrap()], ["package", "-o", output, file.to_str().unwrap()]] {
        let result = reelway_media(&arguments);
        let words = String::from_utf8_lossy(&result.stderr).into_owned();
        assert!(result.status.code() == Some(3) && words.contains("is encrypted"), "{words}");
    }
}

#[test]
fn playlists_and_manifest_say_where_keys_are_had() {
    let scratch = tempfile::tempdir().unwrap();
    for (scheme, method) in [("cbcs", "SAMPLE-AES"), ("cenc", "SAMPLE-AES-CTR")] {
        let folder = package(&[&MATRIX[0].path()], scratch.path(), &flags(scheme));
        let text = |name: &str| std::fs::read_to_string(folder.join(name)).unwrap();
        let key = format!("KEY:METHOD={method},URI=\"/key\",KEYFORMAT=\"identity\",KEYFORMATVERSIONS=\"1\"");
        for name in ["video-1/playlist.m3u8", "video-1/iframes.m3u8", "audio-1/playlist.m3u8"] {
            let playlist = text(name);
            assert_eq!(playlist.matches("#EXT-X-KEY").count(), 1, "{playlist}");
            assert!(playlist.contains(&format!("#EXT-X-{key}")) && playlist.contains("#EXT-X-VERSION:7"), "{playlist}");
            assert_eq!(playlist.contains(",IV=0x"), scheme == "cbcs");
        }
        assert!(text("main.m3u8").contains(&format!("#EXT-X-SESSION-{key}")));
        let manifest = text("manifest.mpd");
        let default = "cenc:default_KID=\"01234567-89ab-cdef-0123-456789abcdef\"";
        let protection = format!("\"urn:mpeg:dash:mp4protection:2011\" value=\"{scheme}\" {default}");
        assert_eq!(manifest.matches(&protection).count(), 2, "{manifest}");
        assert_eq!(manifest.matches("<cenc:pssh>AAAANHBzc2gBAAAAEHfv7MCyTQKs4zweUuL7SwAAAAE").count(), 2, "{manifest}");
        assert!(manifest.contains("xmlns:cenc=\"urn:mpeg:cenc:2013\""));
    }
    let fairplay = ["--encrypt", "cbcs", "--key-id", KEY_ID, "--key", KEY, "--key-uri", "skd://title"];
    let fairplay = [&fairplay[..], &["--key-format", "com.apple.streamingkeydelivery"]].concat();
    let folder = package(&[&MATRIX[0].path()], scratch.path(), &fairplay);
    let playlist = std::fs::read_to_string(folder.join("video-1/playlist.m3u8")).unwrap();
    let expected = "URI=\"skd://title\",KEYFORMAT=\"com.apple.streamingkeydelivery\",KEYFORMATVERSIONS=\"1\"\n";
    assert!(playlist.contains(expected), "{playlist}");
    let clear = package(&[&MATRIX[0].path()], scratch.path(), &[]);
    assert!(!std::fs::read_to_string(clear.join("manifest.mpd")).unwrap().contains("cenc"));
}
