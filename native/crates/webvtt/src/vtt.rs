//! `WebVTT` (W3C, §6.1), read as browsers read it, except where a cue would be lost.

use crate::document::Collector;
use crate::lines::{Line, Lines};
use crate::timing::{ARROW, Timing};
use crate::{Block, Cue, Document, Error, Result};

/// The settings of a cue that the standard knows.
const SETTINGS: [&str; 6] = ["vertical", "line", "position", "size", "align", "region"];

/// The first line says that it is `WebVTT`.
pub(crate) fn has_signature(lines: &Lines<'_>) -> bool {
    let rest = lines.peek().and_then(|(_, line)| line.strip_prefix("WEBVTT"));
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with([' ', '\t']))
}

/// Reads what stands behind the signature.
pub(crate) fn parse(mut lines: Lines<'_>) -> Result<Document> {
    let mut parser = Parser { document: Collector::default(), seen_cue: false };
    lines.next();
    // Metadata of the file's maker, and the times' map of a segment: neither says anything about the cues here.
    while !begins_numbered_cue(&lines) && lines.next_if(|line| !line.is_empty() && !line.contains(ARROW)).is_some() {}
    let mut id = None;
    while let Some(first) = lines.next() {
        if first.1.is_empty() {
            continue;
        }
        if first.1.contains(ARROW) {
            id = parser.cue(id.take(), first, &mut lines)?;
        } else if let Some(timing) = lines.next_if(|second| second.contains(ARROW)) {
            id = parser.cue(Some(first.1), timing, &mut lines)?;
        } else {
            parser.text_block(first, &mut lines)?;
        }
    }
    Ok(parser.document.finish())
}

struct Parser {
    document: Collector,
    seen_cue: bool,
}

impl Parser {
    /// Reads a cue up to a blank line, or to the next cue; gives that one's name where no blank line stands before it.
    fn cue<'t>(&mut self, id: Option<&'t str>, (line, timing): Line<'t>, lines: &mut Lines<'t>) -> Result<Option<&'t str>> {
        let timing = Timing::parse(timing).ok_or(Error::Timing { line })?;
        let (mut text, mut next_id) = (Vec::new(), None);
        loop {
            let numbers_the_next = begins_numbered_cue(lines);
            let Some((_, one)) = lines.next_if(|one| !one.is_empty() && !one.contains(ARROW)) else { break };
            if numbers_the_next { next_id = Some(one) } else { text.push(one) }
        }
        self.seen_cue = true;
        let cue = Cue {
            id: id.map(str::to_owned),
            start: timing.start,
            end: timing.end,
            settings: known_settings(timing.rest),
            text: text.join("\n"),
        };
        self.document.add_cue(cue, line)?;
        Ok(next_id)
    }

    /// Reads a block that is no cue.
    fn text_block(&mut self, (line, first): Line<'_>, lines: &mut Lines<'_>) -> Result<()> {
        let mut text = first.to_owned();
        while let Some((_, one)) = lines.next_if(|one| !one.is_empty() && !one.contains(ARROW)) {
            text.push('\n');
            text.push_str(one);
        }
        let word = first.split([' ', '\t']).next().unwrap_or_default();
        match word {
            "NOTE" => self.document.add(Block::Comment(text), line),
            // Behind the first cue no player looks for style.
            "STYLE" | "REGION" if first.trim_end() == word && !self.seen_cue => self.document.add(Block::Definition(text), line),
            _ => {
                self.document.drop_one();
                Ok(())
            }
        }
    }
}

/// A number and times follow, whether or not a blank line stands before them.
fn begins_numbered_cue(lines: &Lines<'_>) -> bool {
    lines.peek().is_some_and(|(_, line)| is_number(line)) && lines.peek_second().is_some_and(|(_, line)| line.contains(ARROW))
}

/// A cue's number, as converters from other formats leave it.
pub(crate) fn is_number(line: &str) -> bool {
    let digits = line.trim();
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn known_settings(text: &str) -> String {
    let known =
        |setting: &&str| setting.split_once(':').is_some_and(|(name, value)| SETTINGS.contains(&name) && !value.is_empty());
    text.split_whitespace().filter(known).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::indexing_slicing)]
mod tests {
    use super::*;

    fn read(text: &str) -> Document {
        Document::parse(text.as_bytes()).unwrap()
    }

    fn shown(document: &Document) -> Vec<(Option<&str>, u64, u64, &str, &str)> {
        let cue = |cue: &'_ Cue| (cue.start, cue.end);
        let all = document.cues();
        all.map(|one| (one.id.as_deref(), cue(one).0, cue(one).1, one.settings.as_str(), one.text.as_str())).collect()
    }

    #[test]
    fn blocks_of_all_kinds_are_told_apart() {
        let document = read(
            "\u{feff}WEBVTT - a film\r\nKind: captions\r\n\r\nNOTE by me\r\nand you\r\n\r\nSTYLE\r\n::cue { color: red }\r\n\r\nREGION\r\nid:low\r\n\r\n\
             intro\r\n00:01.000 --> 00:02.000 region:low foo:bar align:start\r\n<v Ann>One\r\nTwo\r\n\r\nSTYLE\r\ntoo late\r\n\r\n\
             00:00:03.000 --> 01:00:00.000\r\nThree",
        );
        let found =
            [(Some("intro"), 1000, 2000, "region:low align:start", "<v Ann>One\nTwo"), (None, 3000, 3_600_000, "", "Three")];
        assert_eq!(shown(&document), found);
        assert_eq!(document.definitions().collect::<Vec<_>>(), ["STYLE\n::cue { color: red }", "REGION\nid:low"]);
        assert_eq!(document.blocks[0], Block::Comment("NOTE by me\nand you".to_owned()));
        assert_eq!(document.dropped, 1);
    }

    #[test]
    fn missing_blank_lines_lose_no_cue() {
        let document =
            read("WEBVTT\n1\n00:01.000 --> 00:02.000\nOne\n2\n00:02.000 --> 00:03.000\nTwo\n00:03.000 --> 00:04.000\n42");
        let found = [(Some("1"), 1000, 2000, "", "One"), (Some("2"), 2000, 3000, "", "Two"), (None, 3000, 4000, "", "42")];
        assert_eq!(shown(&document), found);
    }

    #[test]
    fn cues_that_are_never_seen_are_counted() {
        let document = read(
            "WEBVTT\n\n00:02.000 --> 00:02.000\nNever\n\n00:03.000 --> 00:04.000\n\nAstray\n\n00:05.000 --> 00:06.000\nSeen",
        );
        assert_eq!(shown(&document), [(None, 5000, 6000, "", "Seen")]);
        assert_eq!(document.dropped, 3);
    }

    #[test]
    fn one_name_is_one_cue() {
        let document = read("WEBVTT\n\na\n00:01.000 --> 00:02.000\nOne\n\na\n00:02.000 --> 00:03.000\nTwo");
        assert_eq!(shown(&document).iter().map(|cue| cue.0).collect::<Vec<_>>(), [Some("a"), None]);
    }

    #[test]
    fn times_that_can_not_be_read_are_refused_with_their_line() {
        let text = "WEBVTT\n\n00:01.000 --> 00:02.000\nOne\n\n00:03.000 --> soon\nTwo";
        assert_eq!(Document::parse(text.as_bytes()), Err(Error::Timing { line: 6 }));
        assert_eq!(Document::parse(b"WEBVTT\n\n\xff"), Err(Error::Encoding { line: 3 }));
        assert_eq!(Document::parse(b"WEBVTTX\n"), Err(Error::Format));
        assert_eq!(read("WEBVTT").blocks, []);
    }

    #[test]
    fn what_is_too_large_is_refused() {
        let style = format!("STYLE\n{}\n\n", "a".repeat(1000)).repeat(66);
        assert!(matches!(Document::parse(format!("WEBVTT\n\n{style}").as_bytes()), Err(Error::Limit { .. })));
        let cues = "00:01.000 --> 00:02.000\na\n\n".repeat(crate::limits::MAX_BLOCKS + 1);
        assert!(matches!(Document::parse(format!("WEBVTT\n\n{cues}").as_bytes()), Err(Error::Limit { .. })));
    }
}
