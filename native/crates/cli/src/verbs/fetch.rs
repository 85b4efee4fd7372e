use std::io;
use std::path::Path;

use reelway_fetch::{Client, Event, Expected, Options, Report, Source, UrlPolicy, Watcher};
use reelway_http::Authorities;
use serde::Serialize;

use super::{Form, open, print};
use crate::arguments::{FetchArguments, UrlArguments};
use crate::failure::Failure;

pub(crate) fn fetch(options: &FetchArguments) -> Result<(), Failure> {
    let url = if options.url == "-" { line()? } else { options.url.clone() };
    let (client, source) = open_url(&url, &options.source)?;
    let settings = Options {
        max_bytes: options.max_bytes,
        expected: Expected { md5: options.md5.clone(), sha256: options.sha256.clone() },
        max_connections: usize::from(options.connections),
        retries: options.retries,
    };
    let caller = Caller { json: options.json, ask_room: options.ask_room };
    let report = reelway_fetch::fetch(&client, &source, &options.output, &settings, &caller)?;
    if options.json { print(&Done { event: "done", report: &report }, Form::Compact) } else { print(&report, Form::Pretty) }
}

/// Whoever runs the program.
struct Caller {
    json: bool,
    ask_room: bool,
}

impl Watcher for Caller {
    fn observe(&self, event: &Event) {
        if self.json {
            // Progress that nobody reads any more is no reason to stop the work.
            let _ = print(event, Form::Compact);
        }
    }

    fn grant_room(&self, bytes: u64) -> bool {
        !self.ask_room || (print(&Event::Room { bytes }, Form::Compact).is_ok() && line().is_ok())
    }
}

/// The next line of standard input.
pub(super) fn line() -> Result<String, Failure> {
    let line = io::stdin().lines().next().transpose().map_err(|error| Failure::Io(format!("stdin: {error}")))?;
    line.ok_or_else(|| Failure::Usage("standard input ends where a line was awaited".to_owned()))
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
    let authorities = options.ca_file.as_deref().map_or_else(|| Ok(Authorities::default()), read_authorities)?;
    Ok((Client::new(policy, authorities), source))
}

fn read_authorities(path: &Path) -> Result<Authorities, Failure> {
    let pem = open(path)?;
    let none = || Failure::Usage(format!("{}: no certificate that can be read", path.display()));
    Authorities::parse(&pem).ok_or_else(none)
}

/// The last line of `--json` output.
#[derive(Serialize)]
struct Done<'r> {
    event: &'static str,
    #[serde(flatten)]
    report: &'r Report,
}
