//! Downloads over HTTPS: who is believed, and what a redirect may lead to.

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::support::server::{Reply, Server};
use crate::support::tls::Authority;

const FILM: &[u8] = b"a film, as far as anybody here can tell";

struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    fn output(&self) -> PathBuf {
        self.0.path().join("film.mp4")
    }

    /// Fetches with the authorities in `flag`, and those that the environment names.
    fn fetch(&self, url: &str, flag: Option<&Path>, environment: Option<&Path>) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_reelway-media"));
        command.args(["fetch", url, "--allow-private", "--retries", "0", "-o"]).arg(self.output()).env_remove("SSL_CERT_FILE");
        if let Some(path) = flag {
            command.arg("--ca-file").arg(path);
        }
        if let Some(path) = environment {
            command.env("SSL_CERT_FILE", path);
        }
        command.output().unwrap()
    }

    #[track_caller]
    fn assert_refused(&self, output: &Output, exit: i32, words: &str) {
        let text = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(exit), "{text}");
        assert!(text.contains(words), "{text}");
        assert!(!self.output().exists());
    }
}

#[test]
fn a_certificate_of_ones_own_is_believed_only_when_its_authority_is_named() {
    let (authority, stranger) = (Authority::new(), Authority::new());
    let server = Server::start_tls(authority.server.clone(), |request| Reply::serve(FILM, request, "\"a\""));
    let scratch = Scratch::new();
    let (ours, others) = (scratch.write("ours.pem", &authority.pem), scratch.write("others.pem", &stranger.pem));
    for refused in [
        scratch.fetch(&server.url, None, None),
        scratch.fetch(&server.url, Some(&others), None),
        scratch.fetch(&server.url, None, Some(&others)),
        // The flag is asked before the environment.
        scratch.fetch(&server.url, Some(&others), Some(&ours)),
    ] {
        scratch.assert_refused(&refused, 4, "certificate");
    }
    assert_eq!(server.requests().len(), 0, "nothing is asked of a server that is not believed");
    // The certificate is for a name, not for its address.
    let address = server.url.replace("localhost", "127.0.0.1");
    scratch.assert_refused(&scratch.fetch(&address, Some(&ours), None), 4, "certificate");
    let both = scratch.write("both.pem", &format!("{}{}", stranger.pem, authority.pem));
    for (flag, environment) in [(Some(&*ours), None), (None, Some(&*ours)), (Some(&*both), None)] {
        let output = scratch.fetch(&server.url, flag, environment);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(std::fs::read(scratch.output()).unwrap(), FILM);
        std::fs::remove_file(scratch.output()).unwrap();
    }
    let empty = scratch.write("empty.pem", "no certificate");
    scratch.assert_refused(&scratch.fetch(&server.url, Some(&empty), None), 2, "no certificate that can be read");
    scratch.assert_refused(&scratch.fetch(&server.url, Some(Path::new("absent.pem")), None), 4, "absent.pem");
}

#[test]
fn a_redirect_never_leaves_https() {
    let authority = Authority::new();
    let plain = Server::start(|request| Reply::serve(FILM, request, "\"a\""));
    let to_plain = format!("{}/film", plain.url);
    let server = Server::start_tls(authority.server.clone(), move |request| match request.path.as_str() {
        "/film" => Reply::serve(FILM, request, "\"a\""),
        "/here" => Reply::status(302).header("Location", "/film"),
        _ => Reply::status(302).header("Location", &to_plain),
    });
    let scratch = Scratch::new();
    let ours = scratch.write("ours.pem", &authority.pem);
    let down = scratch.fetch(&server.url, Some(&ours), None);
    scratch.assert_refused(&down, 3, "bad_redirect: a redirect leads from https to http");
    assert_eq!(plain.requests().len(), 0);
    // The other way round, and from one place to another, all is well.
    let secure = format!("{}/here", server.url);
    let up = Server::start(move |_| Reply::status(302).header("Location", &secure));
    let output = scratch.fetch(&up.url, Some(&ours), None);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(std::fs::read(scratch.output()).unwrap(), FILM);
}
