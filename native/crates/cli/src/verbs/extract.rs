use reelway_extract::{Error, Extract, key_frames, sound};
use reelway_mp4::Movie;
use reelway_output::OutputFile;
use reelway_remote_file::{RemoteFile, Traffic};
use serde::Serialize;

use super::Form;
use super::progress::{Progress, Transfer};
use super::remote::{name_of, open_in_two_steps};
use crate::arguments::ExtractArguments;
use crate::failure::Failure;

// The methods themselves are of one lifetime, and no function of any.
#[expect(clippy::redundant_closure_for_method_calls)]
pub(crate) fn extract(options: &ExtractArguments) -> Result<(), Failure> {
    if options.audio {
        run(options, |remote| remote.load_tables(), |movie| sound(movie, &options.track))
    } else {
        run(options, |remote| remote.load_headers(), |movie| key_frames(movie, video_track(options)?, &options.at))
    }
}

fn video_track(options: &ExtractArguments) -> reelway_extract::Result<Option<u32>> {
    match *options.track {
        [] => Ok(None),
        [id] => Ok(Some(id)),
        _ => Err(Error::Request("key frames are taken of one track")),
    }
}

/// Plans in the headers what to take, reads that, and writes it.
fn run<R: Serialize>(
    options: &ExtractArguments,
    headers: impl FnOnce(&mut RemoteFile<'_>) -> reelway_remote_file::Result<()>,
    plan: impl Fn(&Movie<'_>) -> reelway_extract::Result<Extract<R>>,
) -> Result<(), Failure> {
    let named = |error| match error {
        Error::Container(error) => Failure::input(&name_of(&options.file), &error),
        error => error.into(),
    };
    let planned = |bytes: &[u8]| Movie::parse(bytes).map_err(Error::from).and_then(|movie| plan(&movie)).map_err(named);
    let (progress, transfer) = (Progress::new(options.json), Transfer::default());
    let needed = |bytes: &[u8]| {
        let extract = planned(bytes)?;
        transfer.will_write(extract.bytes());
        Ok(extract.runs().to_vec())
    };
    let read = |bytes, total| transfer.read(bytes, total, &progress);
    let (source, traffic) = open_in_two_steps(&options.file, &options.source, headers, options.gap, needed, &read)?;
    let extract = planned(&source)?;
    transfer.will_write(extract.bytes());
    let mut output = OutputFile::create(&options.output)?;
    let failed = output.failed();
    extract.write_to(output.file(), &source, &|bytes, _| transfer.write(bytes, &progress)).map_err(failed)?;
    output.publish()?;
    progress.end(&Answer { extract: extract.report(), read: traffic.map(Read::from) }, Form::Pretty)
}

#[derive(Serialize)]
struct Answer<'e, R> {
    #[serde(flatten)]
    extract: &'e R,
    /// What the URL has cost.
    #[serde(skip_serializing_if = "Option::is_none")]
    read: Option<Read>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Read {
    bytes: u64,
    requests: u64,
    source_bytes: u64,
}

impl From<Traffic> for Read {
    fn from(traffic: Traffic) -> Self {
        Self { bytes: traffic.bytes, requests: traffic.requests, source_bytes: traffic.length }
    }
}
