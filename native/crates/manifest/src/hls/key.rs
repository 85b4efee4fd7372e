//! Where keys are had (RFC 8216, second edition, §4.4.4.4 and §4.4.6.5).

use std::fmt::Write as _;

use reelway_mp4::{Scheme, TrackEncryption};

use crate::{KeyAccess, Presentation, Rendition};

/// Writes the key that holds for all of a rendition's segments.
pub(super) fn write_key(out: &mut String, rendition: &Rendition, presentation: &Presentation<'_>) {
    if let (Some(encryption), Some(access)) = (&rendition.encryption, presentation.key_access) {
        let _ = writeln!(out, "#EXT-X-KEY:{}", attributes(encryption, access));
    }
}

/// Writes the keys of all renditions, so that players can ask for them before they choose among renditions.
pub(super) fn write_session_keys(out: &mut String, presentation: &Presentation<'_>) {
    let Some(access) = presentation.key_access else { return };
    let mut known = Vec::new();
    for encryption in presentation.renditions.iter().filter_map(|rendition| rendition.encryption.as_ref()) {
        let key = attributes(encryption, access);
        if !known.contains(&key) {
            let _ = writeln!(out, "#EXT-X-SESSION-KEY:{key}");
            known.push(key);
        }
    }
}

fn attributes(encryption: &TrackEncryption, access: &KeyAccess) -> String {
    let method = match encryption.scheme {
        Scheme::Cenc => "SAMPLE-AES-CTR",
        Scheme::Cbcs => "SAMPLE-AES",
    };
    let mut text = format!("METHOD={method},URI=\"{}\",KEYFORMAT=\"{}\",KEYFORMATVERSIONS=\"1\"", access.uri(), access.format());
    // Without it a reader that does not look into the media would count segments instead.
    if let (Some(iv), true) = (encryption.constant_iv, access.is_identity()) {
        let _ = write!(text, ",IV=0x{iv}");
    }
    text
}
