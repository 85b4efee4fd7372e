use reelway_fetch::{Client, Event, Expected, Options, Report, Source, UrlPolicy};
use serde::Serialize;

use super::{Form, print};
use crate::arguments::{FetchArguments, UrlArguments};
use crate::failure::Failure;

pub(crate) fn fetch(options: &FetchArguments) -> Result<(), Failure> {
    let (client, source) = open_url(&options.url, &options.source)?;
    let settings = Options {
        max_bytes: options.max_bytes,
        expected: Expected { md5: options.md5.clone(), sha256: options.sha256.clone() },
        max_connections: usize::from(options.connections),
        retries: options.retries,
    };
    let observe = |event: &Event| {
        if options.json {
            // Progress that nobody reads any more is no reason to stop the work.
            let _ = print(event, Form::Compact);
        }
    };
    let report = reelway_fetch::fetch(&client, &source, &options.output, &settings, &observe)?;
    if options.json { print(&Done { event: "done", report: &report }, Form::Compact) } else { print(&report, Form::Pretty) }
}

/// A client under the policy of the command line, and the source that the URL names.
pub(super) fn open_url(url: &str, options: &UrlArguments) -> Result<(Client, Source), Failure> {
    let own_hosts = options.own_host.iter().map(|host| host.to_lowercase()).collect();
    let policy = UrlPolicy { allow_private: options.allow_private, own_hosts };
    let mut source = Source::new(url, &policy).map_err(reelway_http::Error::Refused)?;
    for header in &options.header {
        source.add_header(header).map_err(|error| Failure::Usage(format!("--header: {error}")))?;
    }
    if let Some(etag) = &options.if_match {
        source.require_etag(etag).map_err(|error| Failure::Usage(format!("--if-match: {error}")))?;
    }
    Ok((Client::new(policy), source))
}

/// The last line of `--json` output.
#[derive(Serialize)]
struct Done<'r> {
    event: &'static str,
    #[serde(flatten)]
    report: &'r Report,
}
