//! Inputs that are a file here or a file at a URL.

use std::ops::Range;
use std::path::{Path, PathBuf};

use reelway_mapped_file::MappedFile;
use reelway_remote_file::{Error, RemoteFile, Traffic, merge_runs};

use super::fetch::{line, open_url};
use super::open;
use crate::arguments::UrlArguments;
use crate::failure::Failure;

/// Opens a file, or what `load` wants of a URL, and tells on stderr what the latter has cost. `-` stands for a URL on
/// standard input.
pub(super) fn open_input(
    input: &str,
    options: &UrlArguments,
    load: impl FnOnce(&mut RemoteFile<'_>) -> Result<(), Error>,
) -> Result<MappedFile, Failure> {
    let Some(url) = url_of(input)? else { return open(Path::new(input)) };
    let (client, source) = open_url(&url, options)?;
    let named = |error| named(source.host(), error);
    let mut remote = RemoteFile::open(&client, &source).map_err(named)?;
    load(&mut remote).map_err(named)?;
    let map = remote.map().map_err(named)?;
    let Traffic { requests, bytes, length } = remote.traffic();
    eprintln!("reelway-media: read {bytes} of {length} bytes in {requests} requests");
    Ok(map)
}

/// Opens a file, or of a URL what `headers` loads and then the bytes that `needed` finds in these,
/// with gaps between them of so many bytes; and what the latter has cost. `progress` is told how many of these bytes came.
pub(super) fn open_in_two_steps(
    input: &str,
    options: &UrlArguments,
    headers: impl FnOnce(&mut RemoteFile<'_>) -> Result<(), Error>,
    gap: u64,
    needed: impl FnOnce(&[u8]) -> Result<Vec<Range<u64>>, Failure>,
    progress: &(dyn Fn(u64, u64) + Sync),
) -> Result<(MappedFile, Option<Traffic>), Failure> {
    let Some(url) = url_of(input)? else { return Ok((open(Path::new(input))?, None)) };
    let (client, source) = open_url(&url, options)?;
    let named = |error| named(source.host(), error);
    let mut remote = RemoteFile::open(&client, &source).map_err(named)?;
    headers(&mut remote).map_err(named)?;
    let needed = needed(&remote.map().map_err(named)?)?;
    remote.load_watched(&merge_runs(&needed, gap), progress).map_err(named)?;
    Ok((remote.map().map_err(named)?, Some(remote.traffic())))
}

/// The URL that an input is, or for which `-` stands on standard input; `None` for a file.
fn url_of(input: &str) -> Result<Option<String>, Failure> {
    if input != "-" {
        return Ok(is_url(input).then(|| input.to_owned()));
    }
    let told = line()?;
    if is_url(&told) { Ok(Some(told)) } else { Err(Failure::Usage("standard input holds no URL".to_owned())) }
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
