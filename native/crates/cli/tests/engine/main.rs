//! The program, whole: what it says about files, what it packages, and what it does with damaged ones.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    clippy::cast_precision_loss,
    clippy::needless_pass_by_value
)]

mod chunks;
mod confine;
mod cut;
mod damage;
mod encryption;
mod extract;
mod fetch;
mod fetch_for_a_caller;
mod fetch_tls;
mod inspect;
mod join;
mod package;
mod plan;
mod progress;
mod remote;
mod subtitles;
mod support;
mod whole;
mod wide;
