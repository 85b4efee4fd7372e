//! A file as a byte slice, by memory map: the one place in the engine with `unsafe`.

use std::fs::File;
use std::io;
use std::ops::Deref;
use std::path::Path;

/// A file mapped for reading.
///
/// The mapping is private and read-only, but the pages are the file's: whoever changes the file meanwhile changes the
/// bytes, and whoever truncates it makes the next access to the lost pages end the process (SIGBUS). Inputs are therefore
/// files in a task's own scratch folder, which nothing else writes to. The parsers hold no assumption across two reads of
/// one byte, so a change alone can give a wrong result, never a memory error.
#[derive(Debug)]
pub struct MappedFile {
    /// `None` for an empty file, which can't be mapped.
    map: Option<memmap2::Mmap>,
}

impl MappedFile {
    /// Maps a regular file. Folders, devices and pipes are refused with [`io::ErrorKind::InvalidInput`].
    pub fn open(path: &Path) -> io::Result<Self> {
        // Asked before opening: to open a pipe would wait for its writer.
        let metadata = std::fs::metadata(path)?;
        if !metadata.is_file() {
            return Err(io::Error::new(io::ErrorKind::InvalidInput, "not a regular file"));
        }
        Self::of(&File::open(path)?)
    }

    /// Maps an open file, as long as it is now.
    pub fn of(file: &File) -> io::Result<Self> {
        if file.metadata()?.len() == 0 {
            return Ok(Self { map: None });
        }
        // SAFETY: the map is read-only and lives as long as the slices borrowed from it; see the type for what a change
        // of the file by others means.
        #[allow(unsafe_code)]
        let map = unsafe { memmap2::Mmap::map(file)? };
        Ok(Self { map: Some(map) })
    }
}

impl Deref for MappedFile {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        self.map.as_deref().unwrap_or_default()
    }
}
