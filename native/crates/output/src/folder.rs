use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::{Error, OutputFile, Result, partial};

/// A folder that appears whole or not at all; dropped before it is published, it is gone.
#[derive(Debug)]
pub struct OutputFolder {
    place: PathBuf,
    working: PathBuf,
    published: bool,
    /// Held, so that no other run takes the folder for a leftover.
    _lock: File,
}

impl OutputFolder {
    /// Starts a folder for `place`, which must not exist or be empty.
    pub fn create(place: &Path) -> Result<Self> {
        match fs::read_dir(place).map(|mut entries| entries.next().is_some()) {
            Ok(true) => {
                let error = std::io::Error::new(std::io::ErrorKind::AlreadyExists, "the output folder is not empty");
                return Err(Error::at(place)(error));
            }
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(Error::at(place)(error)),
            _ => {}
        }
        let working = partial::prepare(place)?;
        fs::create_dir(&working).map_err(Error::at(&working))?;
        let lock = partial::lock(&working)?;
        Ok(Self { place: place.to_owned(), working, published: false, _lock: lock })
    }

    /// Makes a folder in it.
    pub fn create_dir(&self, name: &str) -> Result<()> {
        let path = self.working.join(name);
        fs::create_dir(&path).map_err(Error::at(path))
    }

    /// Makes a file in it.
    pub fn create_file(&self, name: &str) -> Result<File> {
        let path = self.working.join(name);
        File::create_new(&path).map_err(Error::at(path))
    }

    /// Makes a file in it with these bytes.
    pub fn write_file(&self, name: &str, bytes: &[u8]) -> Result<()> {
        let path = self.working.join(name);
        fs::write(&path, bytes).map_err(Error::at(path))
    }

    /// The error for a failed write to one of its files.
    pub fn failed(&self, name: &str) -> impl FnOnce(std::io::Error) -> Error + use<> {
        Error::at(self.place.join(name))
    }

    /// Gives it its name.
    pub fn publish(mut self) -> Result<()> {
        fs::rename(&self.working, &self.place).map_err(Error::at(&self.place))?;
        self.published = true;
        Ok(())
    }

    /// Gives it its name, and before that a file that tells of it: where the folder is, the file is, and without it there is
    /// neither.
    pub fn publish_with(self, file: OutputFile) -> Result<()> {
        let place = file.place().to_owned();
        file.publish()?;
        self.publish().inspect_err(|_| {
            // Nothing better can be done about a file that can't be removed either.
            let _ = fs::remove_file(&place);
        })
    }
}

impl Drop for OutputFolder {
    fn drop(&mut self) {
        if !self.published {
            // Nothing better can be done in a drop; the next run for this place removes it.
            let _ = fs::remove_dir_all(&self.working);
        }
    }
}
