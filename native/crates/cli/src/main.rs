//! `reelway-media`: the media engine on the command line.
//!
//! One JSON document or JSON lines on stdout, text for people on stderr, exit codes by class.

#![forbid(unsafe_code)]

mod arguments;
mod failure;
mod verbs;

use std::process::ExitCode;

use clap::Parser;

use arguments::{Arguments, Verb};

fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return failure::usage(&error),
    };
    let outcome = match &arguments.verb {
        Verb::Probe(options) => verbs::probe(options),
        Verb::Index(options) => verbs::index(options),
        Verb::Plan(options) => verbs::plan(options),
        Verb::Cut(options) => verbs::cut(options),
        Verb::Extract(options) => verbs::extract(options),
        Verb::Package(options) => verbs::package(options),
        Verb::Manifest(options) => verbs::manifest(options),
        Verb::Stitch(options) => verbs::stitch(options),
        Verb::Fetch(options) => verbs::fetch(options),
        Verb::Concat(options) => verbs::concat(options),
        Verb::Confine(options) => verbs::confine(options),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}
