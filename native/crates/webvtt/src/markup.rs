//! The markup of `SubRip` cues, which is borrowed from HTML and from another subtitle format, in the words of `WebVTT`.

/// Elements that both formats have.
const ELEMENTS: [&str; 6] = ["<b>", "</b>", "<i>", "</i>", "<u>", "</u>"];
/// Character references of cue text (`WebVTT` §6.4).
const REFERENCES: [&str; 6] = ["&amp;", "&lt;", "&gt;", "&nbsp;", "&lrm;", "&rlm;"];

/// Characters of one element or code; beyond them it is text. Without a bound each bracket would look through the whole cue.
const MAX_CODE: usize = 256;

/// A cue's text, and where it is shown.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Converted {
    pub(crate) text: String,
    pub(crate) settings: String,
}

impl Converted {
    /// Keeps bold, italic and underlined text and the place on the screen; colours and fonts go, other text stays.
    pub(crate) fn of(source: &str) -> Self {
        let mut converted = Self::default();
        let mut rest = source;
        while let Some(first) = rest.chars().next() {
            rest = match first {
                '<' => converted.element(rest),
                '{' => converted.override_code(rest),
                '&' => converted.reference(rest),
                _ => {
                    // What would end a cue, or begin the next one, where it stands in text.
                    converted.text.push_str(if first == '>' { "&gt;" } else { rest.get(..first.len_utf8()).unwrap_or_default() });
                    rest.get(first.len_utf8()..).unwrap_or_default()
                }
            };
        }
        converted
    }

    fn element<'t>(&mut self, rest: &'t str) -> &'t str {
        let known = |element: &&&str| rest.get(..element.len()).is_some_and(|start| start.eq_ignore_ascii_case(element));
        if let Some(element) = ELEMENTS.iter().find(known) {
            self.text.push_str(element);
            return rest.get(element.len()..).unwrap_or_default();
        }
        if let Some((inside, after)) = rest.strip_prefix('<').and_then(|inside| up_to(inside, '>')) {
            let name = inside.trim_start_matches('/').split([' ', '=']).next().unwrap_or_default();
            if name.eq_ignore_ascii_case("font") {
                return after;
            }
        }
        self.text.push_str("&lt;");
        rest.get(1..).unwrap_or_default()
    }

    /// `{\an8}`: the number block's key stands for the place on the screen. Other codes say how letters look.
    fn override_code<'t>(&mut self, rest: &'t str) -> &'t str {
        let code = rest.strip_prefix("{\\").and_then(|code| up_to(code, '}'));
        let Some((code, after)) = code else {
            self.text.push('{');
            return rest.get(1..).unwrap_or_default();
        };
        if let Some(key) = code.strip_prefix("an").and_then(|key| key.parse::<u8>().ok()).filter(|key| (1..=9).contains(key)) {
            let row = ["", "line:50%", "line:0"].get(usize::from(key - 1) / 3).copied().unwrap_or_default();
            let column = ["position:0% align:start", "", "position:100% align:end"];
            let column = column.get(usize::from(key - 1) % 3).copied().unwrap_or_default();
            self.settings = [row, column].into_iter().filter(|one| !one.is_empty()).collect::<Vec<_>>().join(" ");
        }
        after
    }

    fn reference<'t>(&mut self, rest: &'t str) -> &'t str {
        let kept = REFERENCES.iter().find(|reference| rest.starts_with(**reference));
        self.text.push_str(kept.unwrap_or(&"&amp;"));
        rest.get(kept.map_or(1, |reference| reference.len())..).unwrap_or_default()
    }
}

/// What stands before and behind the end of an element or code.
fn up_to(text: &str, end: char) -> Option<(&str, &str)> {
    let (at, _) = text.char_indices().take(MAX_CODE).find(|(_, letter)| *letter == end)?;
    Some((text.get(..at)?, text.get(at + end.len_utf8()..)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_keeps_what_both_formats_know_and_escapes_the_rest() {
        for (source, text) in [
            ("<I>so</I> <b>bold</b>", "<i>so</i> <b>bold</b>"),
            ("<font color=\"#fff\">white</font>", "white"),
            ("Tom & Jerry &amp; co", "Tom &amp; Jerry &amp; co"),
            ("1 < 2 <3", "1 &lt; 2 &lt;3"),
            ("a --> b", "a --&gt; b"),
            ("{sic} ünïcode {\\c&HFF&}red", "{sic} ünïcode red"),
            ("open <font", "open &lt;font"),
        ] {
            assert_eq!(Converted::of(source).text, text, "{source}");
        }
    }

    #[test]
    fn a_place_on_the_screen_becomes_settings() {
        let settings = |source| Converted::of(source).settings;
        assert_eq!(settings("{\\an8}top"), "line:0");
        assert_eq!(settings("{\\an1}low left"), "position:0% align:start");
        assert_eq!(settings("{\\an6}right"), "line:50% position:100% align:end");
        assert_eq!(settings("{\\an0}nowhere"), "");
    }
}
