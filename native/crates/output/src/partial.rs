use std::ffi::OsString;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// The name under which the output for `place` is written, and its folder made where it is missing.
///
/// Leftovers of runs that ended without a word are removed: a run that lives holds a lock on its own.
pub(crate) fn prepare(place: &Path) -> Result<PathBuf> {
    let name = place.file_name().ok_or_else(|| Error::at(place)(io::ErrorKind::InvalidInput.into()))?;
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".partial-");
    let working = place.with_file_name({
        let mut own = prefix.clone();
        own.push(std::process::id().to_string());
        own
    });
    let parent = working.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."));
    fs::create_dir_all(parent).map_err(Error::at(parent))?;
    for entry in fs::read_dir(parent).map_err(Error::at(parent))?.flatten() {
        if entry.file_name().as_encoded_bytes().starts_with(prefix.as_encoded_bytes()) {
            remove_if_left(&entry.path());
        }
    }
    Ok(working)
}

/// Marks an output as being written, for as long as the handle lives.
pub(crate) fn lock(working: &Path) -> Result<File> {
    let handle = File::open(working).map_err(Error::at(working))?;
    handle.try_lock().map_err(|error| Error::at(working)(error.into()))?;
    Ok(handle)
}

fn remove_if_left(path: &Path) {
    let Ok(handle) = File::open(path) else { return };
    if handle.try_lock().is_err() {
        return;
    }
    // What can't be removed stands in nobody's way: each run has its own name.
    let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
}
