use std::fs::{self, File};
use std::path::{Path, PathBuf};

use crate::{Error, Result, partial};

/// A file that appears whole or not at all. It replaces what stands at its place; dropped before it is published, it is gone.
#[derive(Debug)]
pub struct OutputFile {
    place: PathBuf,
    working: PathBuf,
    file: File,
    published: bool,
}

impl OutputFile {
    /// Starts a file for `place`; its folder is made where it is missing.
    pub fn create(place: &Path) -> Result<Self> {
        let working = partial::prepare(place)?;
        let file = File::create_new(&working).map_err(Error::at(&working))?;
        let started = Self { place: place.to_owned(), working, file, published: false };
        started.file.try_lock().map_err(|error| Error::at(place)(error.into()))?;
        Ok(started)
    }

    /// The open file.
    pub const fn file(&mut self) -> &mut File {
        &mut self.file
    }

    /// Where it will stand.
    pub(crate) fn place(&self) -> &Path {
        &self.place
    }

    /// The error for a failed write to it.
    pub fn failed(&self) -> impl FnOnce(std::io::Error) -> Error + use<> {
        Error::at(self.place.clone())
    }

    /// Gives it its name.
    pub fn publish(mut self) -> Result<()> {
        fs::rename(&self.working, &self.place).map_err(Error::at(&self.place))?;
        self.published = true;
        Ok(())
    }
}

impl Drop for OutputFile {
    fn drop(&mut self) {
        if !self.published {
            // Nothing better can be done in a drop; the next run for this place removes it.
            let _ = fs::remove_file(&self.working);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use std::io::Write;

    use super::*;

    #[test]
    fn a_file_appears_when_it_is_published_and_leaves_nothing_when_it_is_not() {
        let scratch = tempfile::tempdir().unwrap();
        let place = scratch.path().join("deep/out.mp4");
        let mut dropped = OutputFile::create(&place).unwrap();
        dropped.file().write_all(b"half").unwrap();
        assert!(!place.exists());
        drop(dropped);
        assert_eq!(fs::read_dir(scratch.path().join("deep")).unwrap().count(), 0);
        OutputFile::create(&place).unwrap().publish().unwrap();
        assert!(place.exists());
    }

    #[test]
    fn what_a_killed_run_left_is_removed_and_what_a_living_one_writes_is_not() {
        let scratch = tempfile::tempdir().unwrap();
        let (left, living) = (scratch.path().join(".out.mp4.partial-1"), scratch.path().join(".out.mp4.partial-2"));
        fs::write(&left, "half").unwrap();
        fs::write(&living, "half").unwrap();
        let holder = File::open(&living).unwrap();
        holder.lock().unwrap();
        OutputFile::create(&scratch.path().join("out.mp4")).unwrap();
        assert_eq!((left.exists(), living.exists()), (false, true));
    }
}
