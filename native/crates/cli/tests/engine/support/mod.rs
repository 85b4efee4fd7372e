//! What the tests of the program share: fixtures made by ffmpeg, the program itself, and a reader of what it wrote.

pub(crate) mod decrypt;
pub(crate) mod fixtures;
pub(crate) mod packaged;
pub(crate) mod remade;
pub(crate) mod server;
pub(crate) mod tls;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// Runs `reelway-media`.
pub(crate) fn reelway_media<S: AsRef<std::ffi::OsStr>>(arguments: &[S]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_reelway-media")).args(arguments).output().expect("reelway-media starts")
}

/// Packages `inputs` into a new folder under `scratch`; panics with the program's words when that fails.
pub(crate) fn package(inputs: &[&Path], scratch: &Path, flags: &[&str]) -> PathBuf {
    let output = scratch.join(format!("out{}", flags.concat()));
    let mut arguments: Vec<&std::ffi::OsStr> = vec!["package".as_ref(), "-o".as_ref(), output.as_os_str()];
    arguments.extend(flags.iter().map(|flag| std::ffi::OsStr::new(*flag)));
    arguments.extend(inputs.iter().map(|input| input.as_os_str()));
    let result = reelway_media(&arguments);
    assert!(result.status.success(), "{inputs:?}: {}", String::from_utf8_lossy(&result.stderr));
    output
}

/// A packet or a decoded frame for ffmpeg: when it is shown, counted from the earliest, and its hash.
pub(crate) type Frame = (i64, String);

/// What ffmpeg's framemd5 says of one stream of `input`, in the order of the file.
pub(crate) fn frames(input: &Path, before: &[&str], stream: &str, after: &[&str]) -> Vec<Frame> {
    let lines = frame_lines(input, &[&["-noautorotate", "-copyts"], before].concat(), stream, after);
    let field = |line: &str, at: usize| line.split(',').nth(at).expect("six fields").trim().to_owned();
    let times: Vec<i64> = lines.iter().map(|line| field(line, 2).parse().expect("a time")).collect();
    let first = times.iter().copied().min().unwrap_or(0);
    times.iter().zip(&lines).map(|(time, line)| (time - first, field(line, 5))).collect()
}

/// The hash column of ffmpeg's framemd5 for one stream of `input`.
pub(crate) fn frame_hashes(input: &Path, before: &[&str], stream: &str, after: &[&str]) -> Vec<String> {
    let lines = frame_lines(input, before, stream, after);
    lines.iter().map(|line| line.rsplit(',').next().unwrap_or_default().trim().to_owned()).collect()
}

fn frame_lines(input: &Path, before: &[&str], stream: &str, after: &[&str]) -> Vec<String> {
    let output = Command::new("ffmpeg")
        .args(["-nostdin", "-v", "error"])
        .args(before)
        .arg("-i")
        .arg(input)
        .args(["-map", stream])
        .args(after)
        .args(["-f", "framemd5", "-"])
        .output()
        .expect("ffmpeg starts");
    assert!(output.status.success(), "{}: {}", input.display(), String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).lines().filter(|line| !line.starts_with('#')).map(str::to_owned).collect()
}
