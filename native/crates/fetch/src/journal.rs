use std::fs::{self, File};
use std::io::{Read, Write};
use std::ops::Range;
use std::path::Path;

use reelway_http::Identity;
use serde::{Deserialize, Serialize};

use crate::limits;

/// The version of the journal's form; any other is not read.
const VERSION: u32 = 1;

/// Which bytes of what source are still missing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct Journal {
    version: u32,
    length: u64,
    etag: Option<String>,
    last_modified: Option<String>,
    /// In order, apart from each other, none empty.
    missing: Vec<Range<u64>>,
}

impl Journal {
    /// A journal of a source; the URL is left out, since it may hold secrets and is another one each time.
    pub(crate) fn new(identity: &Identity, length: u64, missing: Vec<Range<u64>>) -> Self {
        let Identity { etag, last_modified, .. } = identity.clone();
        Self { version: VERSION, length, etag, last_modified, missing }
    }

    /// Reads a journal; `None` when there is none that makes sense.
    pub(crate) fn read(path: &Path) -> Option<Self> {
        let mut text = Vec::new();
        File::open(path).ok()?.take(limits::MAX_JOURNAL_BYTES).read_to_end(&mut text).ok()?;
        let journal: Self = serde_json::from_slice(&text).ok()?;
        let mut before = 0;
        let in_order = journal.missing.iter().all(|range| {
            let fits = range.start >= before && range.start < range.end && range.end <= journal.length;
            before = range.end;
            fits
        });
        (journal.version == VERSION && in_order && journal.identity().is_certain()).then_some(journal)
    }

    /// Replaces the journal at once: a reader sees the old one or the new one.
    pub(crate) fn write(&self, path: &Path) -> std::io::Result<()> {
        let next = path.with_extension("json-next");
        let mut file = File::create(&next)?;
        file.write_all(&serde_json::to_vec(self)?)?;
        file.sync_data()?;
        fs::rename(&next, path)
    }

    pub(crate) fn identity(&self) -> Identity {
        Identity { length: Some(self.length), etag: self.etag.clone(), last_modified: self.last_modified.clone() }
    }

    pub(crate) const fn length(&self) -> u64 {
        self.length
    }

    pub(crate) fn missing(&self) -> &[Range<u64>] {
        &self.missing
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn a_journal_is_read_as_it_was_written_and_nonsense_is_none() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("j.json");
        let identity = Identity { length: Some(100), etag: Some("\"a\"".into()), last_modified: None };
        let journal = Journal::new(&identity, 100, vec![0..10, 20..100]);
        journal.write(&path).unwrap();
        assert_eq!(Journal::read(&path), Some(journal));
        for missing in [vec![0..10, 5..20], vec![20..30, 0..5], vec![7..7], vec![0..101]] {
            Journal::new(&identity, 100, missing).write(&path).unwrap();
            assert_eq!(Journal::read(&path), None);
        }
        let uncertain = Identity { etag: None, ..identity };
        Journal::new(&uncertain, 100, vec![0..10]).write(&path).unwrap();
        assert_eq!(Journal::read(&path), None);
        fs::write(&path, "{").unwrap();
        assert_eq!(Journal::read(&path), None);
    }
}
