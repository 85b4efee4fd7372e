//! `confine`: what a program in it reaches, and how it says that it could not be made. Needs Linux with Landlock.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::process::Output;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;

use crate::support::reelway_media;

/// Classic BPF: RET, with what the kernel is to do (linux/seccomp.h).
const ALLOW: [u8; 8] = [0x06, 0, 0, 0, 0x00, 0x00, 0xff, 0x7f];
/// Of x86-64 and arm64: what every shell calls as it starts.
#[cfg(target_arch = "x86_64")]
const GETPPID: u8 = 110;
#[cfg(target_arch = "aarch64")]
const GETPPID: u8 = 173;

/// Runs a shell script that may read the system and `reads`, and write `writes`.
fn confined(filter: &[u8], reads: &[&Path], writes: &[&Path], script: &str) -> Output {
    let filter = BASE64_STANDARD.encode(filter);
    let mut arguments = vec!["confine", "--filter", &filter, "--device", "/dev/null", "--read", "/not/there"];
    for path in ["/usr", "/bin", "/lib", "/lib64", "/etc/ld.so.cache"] {
        arguments.extend(["--read", path]);
    }
    for path in reads {
        arguments.extend(["--read", path.to_str().unwrap()]);
    }
    for path in writes {
        arguments.extend(["--write", path.to_str().unwrap()]);
    }
    arguments.extend(["--", "/bin/sh", "-c", script]);
    reelway_media(&arguments)
}

#[test]
fn only_what_is_given_is_read_and_written() {
    let scratch = tempfile::tempdir().unwrap();
    let [given, hidden, own] = ["given", "hidden", "own"].map(|name| scratch.path().join(name));
    std::fs::write(&given, "given").unwrap();
    std::fs::write(&hidden, "hidden").unwrap();
    std::fs::create_dir(&own).unwrap();
    let script = format!(
        "cd {own} && cat {given}; cat {hidden}; echo out >{given}; echo out >{hidden}; echo out >{root}/new; \
         rm {hidden}; ln -s {hidden} link; mkfifo pipe; echo mine >mine; mv mine yours; cat yours; cp /bin/true run && ./run",
        own = own.display(),
        given = given.display(),
        hidden = hidden.display(),
        root = scratch.path().display(),
    );
    let output = confined(&ALLOW, &[&given], &[&own], &script);
    assert_eq!(String::from_utf8_lossy(&output.stdout), "givenmine\n");
    assert!(!output.status.success(), "what was written can be run");
    assert_eq!(std::fs::read_to_string(&given).unwrap(), "given");
    assert_eq!(std::fs::read_to_string(&hidden).unwrap(), "hidden");
    let mut left: Vec<_> = std::fs::read_dir(&own).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    left.sort();
    assert_eq!(left, ["run", "yours"]);
    assert!(!scratch.path().join("new").exists());
}

#[test]
fn names_are_read_where_what_has_them_is_not() {
    let scratch = tempfile::tempdir().unwrap();
    std::fs::write(scratch.path().join("named"), "hidden").unwrap();
    let folder = scratch.path().to_str().unwrap();
    let run = |more: &[&str]| {
        let filter = BASE64_STANDARD.encode(ALLOW);
        let system = ["/usr", "/bin", "/lib", "/lib64"].into_iter().flat_map(|path| ["--read", path]);
        let script = format!("cd {folder}; echo *; cat named");
        let words = ["confine", "--filter", &filter].into_iter().chain(system).chain(more.iter().copied());
        reelway_media(&words.chain(["--", "/bin/sh", "-c", &script]).collect::<Vec<_>>()).stdout
    };
    assert_eq!(run(&[]), b"*\n");
    assert_eq!(run(&["--list", folder]), b"named\n");
}

#[test]
fn the_filter_holds_for_all_that_is_started() {
    let refused: [[u8; 8]; 4] = [
        // LOAD the call's number; EQUAL to it, or skip one; RET that kills; RET that allows.
        [0x20, 0, 0, 0, 0, 0, 0, 0],
        [0x15, 0, 0, 1, GETPPID, 0, 0, 0],
        [0x06, 0, 0, 0, 0x00, 0x00, 0x00, 0x80],
        ALLOW,
    ];
    let script = "/usr/bin/env sh -c :; echo ended $?";
    assert_eq!(String::from_utf8_lossy(&confined(&ALLOW, &[], &[], script).stdout), "ended 0\n");
    let filtered = confined(refused.as_flattened(), &[], &[], script);
    assert!(!String::from_utf8_lossy(&filtered.stdout).contains("ended 0"));
}

#[test]
fn what_can_not_be_confined_is_not_started() {
    for filter in [&ALLOW[..7], &[], &[0xff; 8]] {
        let output = confined(filter, &[], &[], "echo started");
        assert_eq!(output.status.code(), Some(4), "{filter:?}");
        assert_eq!(output.stdout, b"");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("reelway-media: confine: filter: "));
    }
    let missing = ["confine", "--filter", &BASE64_STANDARD.encode(ALLOW), "--", "/no/such/program"];
    let output = reelway_media(&missing);
    assert_eq!(output.status.code(), Some(4));
    assert!(String::from_utf8_lossy(&output.stderr).contains("confine: /no/such/program: "));
    assert_eq!(reelway_media(&["confine", "--filter", "no base64", "--", "/bin/true"]).status.code(), Some(2));
}
