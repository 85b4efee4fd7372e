use std::fs::File;
use std::io::Read;
use std::path::Path;

use reelway_package::{Encryption, Key, KeyAccess};

use crate::arguments::{EncryptionArguments, KeyAccessArguments};
use crate::failure::Failure;

/// What the flags ask for; `None` where nothing is to be encrypted.
pub(super) fn encryption(options: &EncryptionArguments) -> Result<Option<Encryption>, Failure> {
    let (Some(scheme), Some(key_id)) = (options.encrypt, options.key_id) else { return Ok(None) };
    let key = match (&options.key_file, &options.key) {
        (Some(path), _) => {
            Key::parse(&read_key(path)?).map_err(|error| Failure::Input(format!("{}: {error}", path.display())))?
        }
        (None, Some(text)) => Key::parse(text.0.as_bytes()).map_err(|error| Failure::Usage(format!("--key: {error}")))?,
        (None, None) => return Err(Failure::Usage("--encrypt needs --key-file or --key".to_owned())),
    };
    let iv = options.iv.as_ref().map(|iv| iv.0.as_slice());
    Encryption::new(scheme, key_id, &key, iv).map(Some).map_err(|error| Failure::Usage(format!("--iv: {error}")))
}

/// A pipe can't be mapped, so it is read; no key has more bytes.
fn read_key(path: &Path) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let read = File::open(path).and_then(|file| file.take(64).read_to_end(&mut bytes));
    read.map(|_| bytes).map_err(|error| Failure::io(path, &error))
}

/// Where players of HLS get keys.
pub(super) fn key_access(options: &KeyAccessArguments) -> Result<Option<KeyAccess>, Failure> {
    let access = options.key_uri.as_deref().map(|uri| KeyAccess::new(uri, options.key_format.as_deref()));
    access.transpose().map_err(|reason| Failure::Usage(format!("--key-uri: {reason}")))
}

/// HLS can't be written without `access` where anything is encrypted.
pub(super) fn check_key_access(encrypted: bool, hls: bool, access: Option<&KeyAccess>) -> Result<(), Failure> {
    if encrypted && hls && access.is_none() {
        let text = "HLS playlists of an encrypted title say where players get its key: give --key-uri, or write --dash alone";
        return Err(Failure::Usage(text.to_owned()));
    }
    Ok(())
}
