//! `SubRip`: numbered cues between blank lines. There is no standard; this is what files and players agree on.

use crate::document::Collector;
use crate::lines::Lines;
use crate::markup::Converted;
use crate::timing::{ARROW, Timing};
use crate::vtt::is_number;
use crate::{Cue, Document, Error, Result};

/// Reads all cues.
pub(crate) fn parse(mut lines: Lines<'_>) -> Result<Document> {
    let mut document = Collector::default();
    let mut current: Option<Raw<'_>> = None;
    loop {
        if let Some((line, timing)) = next_timing(&mut lines)? {
            if let Some(before) = current.replace(Raw { line, timing, text: Vec::new() }) {
                before.add_to(&mut document)?;
            }
            continue;
        }
        let Some((_, text)) = lines.next() else { break };
        match &mut current {
            // A blank line inside a cue's text is no end of it: only the next times are.
            Some(cue) if !text.trim().is_empty() => cue.text.push(text),
            None if !text.trim().is_empty() => return Err(Error::Format),
            _ => {}
        }
    }
    let Some(last) = current else { return Err(Error::Format) };
    last.add_to(&mut document)?;
    Ok(document.finish())
}

/// Takes the next lines if a cue begins there: its number, which may be missing, and its times.
fn next_timing<'t>(lines: &mut Lines<'t>) -> Result<Option<(usize, Timing<'t>)>> {
    let numbered = lines.peek().is_some_and(|(_, line)| is_number(line));
    let candidate = if numbered { lines.peek_second() } else { lines.peek() };
    let Some((number, line)) = candidate.filter(|(_, line)| line.contains(ARROW)) else { return Ok(None) };
    match Timing::parse(line) {
        Some(timing) => {
            lines.next();
            if numbered {
                lines.next();
            }
            Ok(Some((number, timing)))
        }
        // An arrow behind a number, or between digits, was meant to be times.
        None if numbered || line.trim_start().starts_with(|first: char| first.is_ascii_digit()) => {
            Err(Error::Timing { line: number })
        }
        None => Ok(None),
    }
}

struct Raw<'t> {
    line: usize,
    timing: Timing<'t>,
    text: Vec<&'t str>,
}

impl Raw<'_> {
    fn add_to(self, document: &mut Collector) -> Result<()> {
        let Converted { text, settings } = Converted::of(&self.text.join("\n"));
        // A line of markup alone leaves an empty one, which would end the cue.
        let text = text.lines().filter(|line| !line.trim().is_empty()).collect::<Vec<_>>().join("\n");
        let (start, end) = (self.timing.start, self.timing.end);
        document.add_cue(Cue { id: None, start, end, settings, text }, self.line)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<(u64, u64, String)> {
        let document = Document::parse(text.as_bytes()).unwrap();
        document.cues().map(|cue| (cue.start, cue.end, cue.text.clone())).collect()
    }

    #[test]
    fn numbered_cues_become_cues() {
        let found = read(
            "\u{feff}1\r\n00:00:01,000 --> 00:00:02,500 X1:40 X2:600\r\nOne\r\nTwo\r\n\r\n2\r\n00:00:03,000 --> 00:00:04,000\r\nThree\r\n",
        );
        assert_eq!(found, [(1000, 2500, "One\nTwo".to_owned()), (3000, 4000, "Three".to_owned())]);
    }

    #[test]
    fn missing_numbers_and_blank_lines_lose_nothing() {
        let found = read(
            "00:00:01,000 --> 00:00:02,000\nOne\n\nstill one\n2\n00:00:03,000 --> 00:00:04,000\n1984\n\n00:00:05,000 --> 00:00:06,000\nA --> B",
        );
        let expected = [(1000, 2000, "One\nstill one"), (3000, 4000, "1984"), (5000, 6000, "A --&gt; B")];
        assert_eq!(found, expected.map(|(start, end, text)| (start, end, text.to_owned())));
    }

    #[test]
    fn a_line_of_markup_alone_does_not_end_a_cue() {
        assert_eq!(read("1\n00:00:01,000 --> 00:00:02,000\n{\\an8}\nOne\n<font>\nTwo"), [(1000, 2000, "One\nTwo".to_owned())]);
    }

    #[test]
    fn what_is_no_subtitles_is_refused() {
        assert_eq!(Document::parse(b"Dear Sir,\n1\n00:00:01,000 --> 00:00:02,000\nOne"), Err(Error::Format));
        assert_eq!(Document::parse(b""), Err(Error::Format));
        assert_eq!(Document::parse(b"1\n00:00:01 --> 00:00:02\nOne"), Err(Error::Timing { line: 2 }));
        assert_eq!(
            Document::parse(b"1\n00:00:01,000 --> 00:00:02,000\nOne\n\n2\n0:0:3,0 --> never\nTwo"),
            Err(Error::Timing { line: 6 })
        );
    }
}
