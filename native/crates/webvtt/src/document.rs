use std::collections::HashSet;

use crate::lines::Lines;
use crate::{Error, Result, limits, subrip, vtt};

/// Subtitles that were read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Document {
    /// In the file's order.
    pub blocks: Vec<Block>,
    /// Blocks that no player would show: cues without text or time, and text that belongs to no cue.
    pub dropped: usize,
}

/// A part of a document, between blank lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Block {
    /// A `STYLE` or `REGION` block, as it stands in the file.
    Definition(String),
    /// A `NOTE` block, as it stands in the file.
    Comment(String),
    /// A cue.
    Cue(Cue),
}

/// Text, and when it is shown. Times are milliseconds on the title's timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cue {
    /// Its name; no two cues of a document have the same.
    pub id: Option<String>,
    /// When it appears.
    pub start: u64,
    /// When it is gone, later than `start`.
    pub end: u64,
    /// Where it is shown, in the words of `WebVTT`: `line:0 align:start`.
    pub settings: String,
    /// Cue text of `WebVTT`; without blank lines.
    pub text: String,
}

impl Document {
    /// Reads `WebVTT`, which its first line tells, or `SubRip`.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > limits::MAX_BYTES {
            return Err(Error::Limit { line: 1, what: "the file is too large for subtitles" });
        }
        let text = str::from_utf8(bytes).map_err(|error| {
            let before = bytes.get(..error.valid_up_to()).unwrap_or_default();
            Error::Encoding { line: before.split(|byte| *byte == b'\n').count() }
        })?;
        // What the standard's own parser does with it.
        let text = text.replace('\0', "\u{fffd}");
        let lines = Lines::of(&text)?;
        if vtt::has_signature(&lines) { vtt::parse(lines) } else { subrip::parse(lines) }
    }

    /// Its cues.
    pub fn cues(&self) -> impl Iterator<Item = &Cue> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Cue(cue) => Some(cue),
            _ => None,
        })
    }

    /// Its `STYLE` and `REGION` blocks.
    pub(crate) fn definitions(&self) -> impl Iterator<Item = &str> {
        self.blocks.iter().filter_map(|block| match block {
            Block::Definition(text) => Some(text.as_str()),
            _ => None,
        })
    }
}

/// Gathers the blocks of a document, and holds it to its limits.
#[derive(Debug, Default)]
pub(crate) struct Collector {
    document: Document,
    definition_bytes: usize,
    ids: HashSet<String>,
}

impl Collector {
    pub(crate) fn add(&mut self, block: Block, line: usize) -> Result<()> {
        if let Block::Definition(text) = &block {
            self.definition_bytes += text.len();
        }
        if self.definition_bytes > limits::MAX_DEFINITION_BYTES {
            return Err(Error::Limit { line, what: "too much style" });
        }
        if self.document.blocks.len() == limits::MAX_BLOCKS {
            return Err(Error::Limit { line, what: "too many cues" });
        }
        self.document.blocks.push(block);
        Ok(())
    }

    /// Adds a cue, if it is ever to be seen. Players take two cues of one name for the same.
    pub(crate) fn add_cue(&mut self, mut cue: Cue, line: usize) -> Result<()> {
        if cue.end <= cue.start || cue.text.trim().is_empty() {
            self.drop_one();
            return Ok(());
        }
        cue.id = cue.id.filter(|id| self.ids.insert(id.clone()));
        self.add(Block::Cue(cue), line)
    }

    pub(crate) const fn drop_one(&mut self) {
        self.document.dropped += 1;
    }

    pub(crate) fn finish(self) -> Document {
        self.document
    }
}
