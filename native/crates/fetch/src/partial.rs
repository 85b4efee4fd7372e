use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io;
use std::ops::Range;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};

use reelway_http::Identity;

use crate::journal::Journal;
use crate::{Error, Result};

/// The file under way, beside its place, and its journal. While it is open no other run can open it.
#[derive(Debug)]
pub(crate) struct Partial {
    place: PathBuf,
    working: PathBuf,
    journal: PathBuf,
    file: File,
}

impl Partial {
    /// Opens what an earlier run has left for a place, or begins.
    pub(crate) fn open(place: &Path) -> Result<Self> {
        let name = place.file_name().ok_or_else(|| Error::at(place)(io::ErrorKind::InvalidInput.into()))?;
        let beside = |suffix: &str| {
            let mut own = OsString::from(".");
            own.push(name);
            own.push(suffix);
            place.with_file_name(own)
        };
        let (working, journal) = (beside(".fetch"), beside(".fetch.json"));
        let parent = parent(place);
        fs::create_dir_all(parent).map_err(Error::at(parent))?;
        let file = File::options().read(true).write(true).create(true).truncate(false).open(&working);
        let file = file.map_err(Error::at(&working))?;
        match file.try_lock() {
            Ok(()) => Ok(Self { place: place.to_owned(), working, journal, file }),
            Err(TryLockError::WouldBlock) => Err(Error::Busy(place.to_owned())),
            Err(TryLockError::Error(error)) => Err(Error::at(working)(error)),
        }
    }

    /// What an earlier run has left, if it can be trusted.
    pub(crate) fn left(&self) -> Option<Journal> {
        let journal = Journal::read(&self.journal)?;
        let bytes = self.file.metadata().ok()?.len();
        (bytes == journal.length()).then_some(journal)
    }

    /// Forgets what was there, and takes the source's length, without writing it.
    pub(crate) fn begin(&self, length: u64) -> Result<()> {
        self.forget_journal();
        self.file.set_len(0).and_then(|()| self.file.set_len(length)).map_err(Error::at(&self.working))
    }

    /// Puts bytes where they belong. Threads may do so side by side.
    pub(crate) fn write(&self, bytes: &[u8], position: u64) -> Result<()> {
        self.file.write_all_at(bytes, position).map_err(Error::at(&self.working))
    }

    /// Notes what is missing. `missing` must have been looked up before the call: bytes come to the disk first.
    pub(crate) fn note(&self, identity: &Identity, length: u64, missing: Vec<Range<u64>>) -> io::Result<()> {
        self.file.sync_data()?;
        Journal::new(identity, length, missing).write(&self.journal)
    }

    pub(crate) const fn file(&self) -> &File {
        &self.file
    }

    pub(crate) fn working(&self) -> &Path {
        &self.working
    }

    /// Brings the file to the disk and gives it its name.
    pub(crate) fn publish(self) -> Result<()> {
        self.file.sync_all().map_err(Error::at(&self.working))?;
        fs::rename(&self.working, &self.place).map_err(Error::at(&self.place))?;
        self.forget_journal();
        let parent = parent(&self.place);
        File::open(parent).and_then(|folder| folder.sync_all()).map_err(Error::at(parent))
    }

    /// Removes all traces: nothing of it is worth going on with.
    pub(crate) fn discard(self) {
        self.forget_journal();
        // What can't be removed is begun anew by the next run.
        let _ = fs::remove_file(&self.working);
    }

    fn forget_journal(&self) {
        // There may be none.
        let _ = fs::remove_file(&self.journal);
    }
}

fn parent(place: &Path) -> &Path {
    place.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}
