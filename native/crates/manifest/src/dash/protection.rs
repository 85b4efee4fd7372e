//! How encrypted representations are told (ISO/IEC 23009-1 §5.8.4.1, ISO/IEC 23001-7 §11.2).

use std::fmt::Write as _;

use reelway_mp4::TrackEncryption;
use reelway_mp4::write::{BoxWriter, COMMON_SYSTEM, write_key_box};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

/// The namespace of the attributes below, for the manifest's root.
pub(super) const NAMESPACE: &str = "xmlns:cenc=\"urn:mpeg:cenc:2013\" ";

/// Clear Key of the web's Encrypted Media Extensions: the page brings the key.
const CLEAR_KEY: &str = "e2719d58-a985-b3c9-781a-b030af78d30e";

/// Writes the scheme and the key's id, and the systems that need no more than that.
pub(super) fn write(out: &mut String, encryption: &TrackEncryption) {
    let (scheme, key_id) = (encryption.scheme.name(), uuid(&encryption.key_id.to_string()));
    let _ = writeln!(
        out,
        "      <ContentProtection schemeIdUri=\"urn:mpeg:dash:mp4protection:2011\" value=\"{scheme}\" cenc:default_KID=\"{key_id}\"/>"
    );
    let mut pssh = BoxWriter::default();
    write_key_box(&mut pssh, encryption.key_id);
    let pssh = STANDARD.encode(pssh.finish());
    let _ = writeln!(
        out,
        "      <ContentProtection schemeIdUri=\"urn:uuid:{COMMON_SYSTEM}\" cenc:default_KID=\"{key_id}\">\n        <cenc:pssh>{pssh}</cenc:pssh>\n      </ContentProtection>"
    );
    let _ = writeln!(
        out,
        "      <ContentProtection schemeIdUri=\"urn:uuid:{CLEAR_KEY}\" value=\"ClearKey1.0\" cenc:default_KID=\"{key_id}\"/>"
    );
}

/// Digits in the groups of a UUID.
fn uuid(digits: &str) -> String {
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if [8, 12, 16, 20].contains(&at) {
            text.push('-');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn key_ids_are_grouped() {
        assert_eq!(super::uuid("00112233445566778899aabbccddeeff"), "00112233-4455-6677-8899-aabbccddeeff");
    }
}
