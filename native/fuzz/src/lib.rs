//! What the fuzz targets share: inputs that are mutated as what they are, and a folder to write into.

mod json;
mod parts;
mod scratch;
mod server;

pub use json::mutate_json;
pub use parts::{join_parts, split_parts};
pub use scratch::Scratch;
pub use server::Server;
