use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};

use serde::Serialize;

use super::{Form, print};
use crate::failure::Failure;

/// What `--json` tells of a verb at work: lines of progress, and the result in the last one.
pub(super) struct Progress {
    json: bool,
    shown_percent: Mutex<Option<u64>>,
}

/// How far the work is, in what it is counted in.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Done {
    Bytes(u64),
    Chunks(u64),
    Segments(u64),
}

/// A line of `--json` output.
#[derive(Serialize)]
#[serde(rename_all = "camelCase", tag = "event")]
enum Line<'r, R> {
    Progress {
        #[serde(flatten)]
        done: Done,
        total: u64,
    },
    Done {
        #[serde(flatten)]
        result: &'r R,
    },
}

impl Progress {
    pub(super) const fn new(json: bool) -> Self {
        Self { json, shown_percent: Mutex::new(None) }
    }

    /// One line for each percent at most: a title of hours has thousands of segments.
    pub(super) fn show(&self, done: Done, total: u64) {
        if !self.json {
            return;
        }
        let percent = done.count().saturating_mul(100) / total.max(1);
        let Ok(mut shown) = self.shown_percent.lock() else { return };
        if shown.is_none_or(|before| percent > before) {
            *shown = Some(percent);
            let line: Line<'_, ()> = Line::Progress { done, total };
            // Progress that nobody reads any more is no reason to stop the work.
            let _ = print(&line, Form::Compact);
        }
    }

    /// Prints the result: the last line, or without `--json` a document of this form.
    pub(super) fn end(&self, result: &impl Serialize, form: Form) -> Result<(), Failure> {
        if self.json { print(&Line::Done { result }, Form::Compact) } else { print(result, form) }
    }
}

impl Done {
    const fn count(&self) -> u64 {
        match self {
            Self::Bytes(count) | Self::Chunks(count) | Self::Segments(count) => *count,
        }
    }
}

/// Work that reads bytes from a URL, unless it has a file, and writes bytes then: both are counted as one way.
#[derive(Default)]
pub(super) struct Transfer {
    to_read: AtomicU64,
    to_write: AtomicU64,
}

impl Transfer {
    pub(super) fn will_write(&self, bytes: u64) {
        self.to_write.store(bytes, Ordering::Relaxed);
    }

    pub(super) fn read(&self, bytes: u64, total: u64, progress: &Progress) {
        self.to_read.store(total, Ordering::Relaxed);
        progress.show(Done::Bytes(bytes), self.total());
    }

    pub(super) fn write(&self, bytes: u64, progress: &Progress) {
        progress.show(Done::Bytes(self.to_read.load(Ordering::Relaxed).saturating_add(bytes)), self.total());
    }

    fn total(&self) -> u64 {
        self.to_read.load(Ordering::Relaxed).saturating_add(self.to_write.load(Ordering::Relaxed))
    }
}
