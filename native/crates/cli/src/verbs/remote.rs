//! Inputs that are a file here or a file at a URL.

use std::path::{Path, PathBuf};

use reelway_mapped_file::MappedFile;
use reelway_remote_file::{Error, RemoteFile, Traffic};

use super::fetch::open_url;
use super::open;
use crate::arguments::UrlArguments;
use crate::failure::Failure;

/// Opens a file, or what `load` wants of a URL, and tells on stderr what the latter has cost.
pub(super) fn open_input(
    input: &str,
    options: &UrlArguments,
    load: impl FnOnce(&mut RemoteFile<'_>) -> Result<(), Error>,
) -> Result<MappedFile, Failure> {
    if !is_url(input) {
        return open(Path::new(input));
    }
    let (client, source) = open_url(input, options)?;
    let named = |error| named(source.host(), error);
    let mut remote = RemoteFile::open(&client, &source).map_err(named)?;
    load(&mut remote).map_err(named)?;
    let map = remote.map().map_err(named)?;
    let Traffic { requests, bytes, length } = remote.traffic();
    eprintln!("reelway-media: read {bytes} of {length} bytes in {requests} requests");
    Ok(map)
}

/// How an input is called in messages: the path of a URL may be a secret.
pub(super) fn name_of(input: &str) -> PathBuf {
    let host = input.split_once("://").filter(|_| is_url(input)).map(|(_, rest)| rest.split(['/', '?', '#']).next());
    PathBuf::from(host.flatten().unwrap_or(input))
}

fn is_url(input: &str) -> bool {
    let starts_with = |scheme: &str| input.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    starts_with("https://") || starts_with("http://")
}

fn named(host: &str, error: Error) -> Failure {
    match error {
        Error::Source(error) => error.into(),
        Error::Io(_) => Failure::Io(error.to_string()),
        _ => Failure::Input(format!("{host}: {error}")),
    }
}
