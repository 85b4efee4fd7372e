use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// A folder that appears whole or not at all: written under a temporary name beside its place, renamed at the end, and
/// removed when it is dropped before that.
#[derive(Debug)]
pub(crate) struct OutputFolder {
    place: PathBuf,
    working: PathBuf,
    published: bool,
}

impl OutputFolder {
    /// Starts a folder for `place`, which must not exist or be empty.
    pub(crate) fn create(place: &Path) -> Result<Self> {
        match fs::read_dir(place).map(|mut entries| entries.next().is_some()) {
            Ok(true) => {
                let error = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "the output folder is not empty");
                return Err(Error::io(place)(error));
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::io(place)(error)),
            _ => {}
        }
        let name = place.file_name().ok_or_else(|| Error::io(place)(std::io::ErrorKind::InvalidInput.into()))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".partial-{}", std::process::id()));
        let working = place.with_file_name(hidden);
        if let Some(parent) = working.parent() {
            fs::create_dir_all(parent).map_err(Error::io(parent))?;
        }
        fs::create_dir(&working).map_err(Error::io(&working))?;
        Ok(Self { place: place.to_owned(), working, published: false })
    }

    pub(crate) fn create_dir(&self, name: &str) -> Result<()> {
        let path = self.working.join(name);
        fs::create_dir(&path).map_err(Error::io(path))
    }

    pub(crate) fn create_file(&self, name: &str) -> Result<File> {
        let path = self.working.join(name);
        File::create_new(&path).map_err(Error::io(path))
    }

    pub(crate) fn write_file(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.working.join(name);
        fs::write(&path, bytes).map_err(Error::io(path))
    }

    /// The error for a failed write to one of its files.
    pub(crate) fn failed(&self, name: &str) -> impl FnOnce(std::io::Error) -> Error {
        Error::io(self.place.join(name))
    }

    pub(crate) fn publish(mut self) -> Result<()> {
        fs::rename(&self.working, &self.place).map_err(Error::io(&self.place))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        if !self.published {
            // Nothing better can be done in a drop; the name says that it is partial.
            let _ = fs::remove_dir_all(&self.working);
        }
    }
}
