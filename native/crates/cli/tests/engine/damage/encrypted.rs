//! Damaged files, packaged encrypted: refused, or decrypted to what the same file is in the clear.

use std::path::Path;

use super::exercise::{nothing_left, words};
use crate::support::decrypt::EncryptedRendition;
use crate::support::packaged::{PackagedRendition, packets};
use reelway_mp4::{Bytes16, Scheme};
use reelway_package::{Encryption, Input, Key, KeyAccess, Layout, Options};

const KEY: [u8; 16] = [7; 16];

fn options(scheme: Option<Scheme>, layout: Layout) -> Options {
    let key = Key::parse(&KEY).unwrap();
    let encryption = scheme.map(|scheme| Encryption::new(scheme, Bytes16([9; 16]), &key, None).unwrap());
    let key_access = Some(KeyAccess::new("/key", None).unwrap());
    Options { segment_seconds: 2.0, layout, hls: true, dash: true, encryption, key_access, ..Options::default() }
}

/// The media of all renditions, each in one piece.
fn renditions(bytes: &[u8], options: &Options, scratch: &Path) -> Result<Vec<Vec<u8>>, String> {
    let inputs = [Input::parse("damaged", bytes).map_err(words)?];
    let output = scratch.join("out");
    let report = reelway_package::package(&inputs, options, &output, &|_, _| {});
    let report = report.map_err(|error| nothing_left(scratch, error))?;
    let read = report.renditions.iter().map(|one| PackagedRendition::read(&output.join(&one.id), "playlist.m3u8").whole());
    let read = read.collect();
    std::fs::remove_dir_all(output).unwrap();
    Ok(read)
}

pub(super) fn package_encrypted(bytes: &[u8], scratch: &Path) -> Result<(), String> {
    let clear = renditions(bytes, &options(None, Layout::SegmentFiles), scratch)?;
    for (scheme, layout) in [(Scheme::Cenc, Layout::SegmentFiles), (Scheme::Cbcs, Layout::SingleFile)] {
        let encrypted = renditions(bytes, &options(Some(scheme), layout), scratch)?;
        assert_eq!(encrypted.len(), clear.len());
        for (encrypted, clear) in encrypted.iter().zip(&clear) {
            let decrypted = EncryptedRendition::read(encrypted).decrypt(&KEY);
            assert!(decrypted.iter().eq(packets(clear, None).iter().map(|packet| &packet.bytes)));
        }
    }
    Ok(())
}
