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
mod cut;
mod damage;
mod fetch;
mod inspect;
mod join;
mod package;
mod remote;
mod support;
