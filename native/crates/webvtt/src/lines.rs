use crate::{Error, Result, limits};

/// A line and its number, from 1.
pub(crate) type Line<'t> = (usize, &'t str);

/// The lines of a text, whatever they end with. A clone looks ahead.
#[derive(Debug, Clone)]
pub(crate) struct Lines<'t> {
    rest: Option<&'t str>,
    number: usize,
}

impl<'t> Lines<'t> {
    /// The lines behind a byte order mark; refuses lines that are too long.
    pub(crate) fn of(text: &'t str) -> Result<Self> {
        let lines = Self { rest: Some(text.strip_prefix('\u{feff}').unwrap_or(text)), number: 0 };
        match lines.clone().find(|(_, line)| line.len() > limits::MAX_LINE_BYTES) {
            Some((line, _)) => Err(Error::Limit { line, what: "a line that is too long" }),
            None => Ok(lines),
        }
    }

    /// The next line, which stays the next.
    pub(crate) fn peek(&self) -> Option<Line<'t>> {
        self.clone().next()
    }

    /// The line behind the next.
    pub(crate) fn peek_second(&self) -> Option<Line<'t>> {
        self.clone().nth(1)
    }

    /// The next line, if it is as asked for.
    pub(crate) fn next_if(&mut self, wanted: impl FnOnce(&str) -> bool) -> Option<Line<'t>> {
        self.peek().filter(|(_, line)| wanted(line)).inspect(|_| {
            self.next();
        })
    }
}

impl<'t> Iterator for Lines<'t> {
    type Item = Line<'t>;

    fn next(&mut self) -> Option<Line<'t>> {
        let text = self.rest.filter(|rest| !rest.is_empty())?;
        self.number += 1;
        let Some(end) = text.find(['\n', '\r']) else {
            self.rest = None;
            return Some((self.number, text));
        };
        let (line, rest) = text.split_at(end);
        let rest = rest.strip_prefix("\r\n").or_else(|| rest.strip_prefix(['\n', '\r']));
        self.rest = rest;
        Some((self.number, line))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_with_what_any_system_writes() {
        let lines = |text| Lines::of(text).unwrap().map(|(_, line)| line).collect::<Vec<_>>();
        assert_eq!(lines("\u{feff}a\r\nb\rc\n\nd"), ["a", "b", "c", "", "d"]);
        assert_eq!(lines("a\n"), ["a"]);
        assert!(lines("").is_empty());
        assert_eq!(Lines::of("a\nb").unwrap().peek_second(), Some((2, "b")));
    }

    #[test]
    fn a_line_that_is_too_long_is_named() {
        let text = format!("a\n{}", "b".repeat(limits::MAX_LINE_BYTES + 1));
        assert!(matches!(Lines::of(&text), Err(Error::Limit { line: 2, .. })));
    }
}
