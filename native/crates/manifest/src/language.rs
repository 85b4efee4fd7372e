//! ISO 639-2 codes, which MP4 has, to BCP 47 tags, which playlists want: two letters wherever there are two.

const TWO_LETTERS: [(&str, &str); 46] = [
    ("ara", "ar"),
    ("bul", "bg"),
    ("cat", "ca"),
    ("ces", "cs"),
    ("chi", "zh"),
    ("cze", "cs"),
    ("dan", "da"),
    ("deu", "de"),
    ("dut", "nl"),
    ("ell", "el"),
    ("eng", "en"),
    ("est", "et"),
    ("fas", "fa"),
    ("fin", "fi"),
    ("fra", "fr"),
    ("fre", "fr"),
    ("ger", "de"),
    ("gre", "el"),
    ("heb", "he"),
    ("hin", "hi"),
    ("hrv", "hr"),
    ("hun", "hu"),
    ("ind", "id"),
    ("ita", "it"),
    ("jpn", "ja"),
    ("kor", "ko"),
    ("lav", "lv"),
    ("lit", "lt"),
    ("msa", "ms"),
    ("nld", "nl"),
    ("nor", "no"),
    ("pol", "pl"),
    ("por", "pt"),
    ("ron", "ro"),
    ("rum", "ro"),
    ("rus", "ru"),
    ("slk", "sk"),
    ("slo", "sk"),
    ("slv", "sl"),
    ("spa", "es"),
    ("swe", "sv"),
    ("tha", "th"),
    ("tur", "tr"),
    ("ukr", "uk"),
    ("vie", "vi"),
    ("zho", "zh"),
];

/// The tag for an ISO 639-2 code; `None` when the language is not known.
pub(crate) fn tag(code: &str) -> Option<&str> {
    if code == "und" {
        return None;
    }
    let found = TWO_LETTERS.binary_search_by(|(three, _)| (*three).cmp(code)).ok();
    Some(found.and_then(|index| TWO_LETTERS.get(index)).map_or(code, |(_, two)| *two))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_become_tags_and_the_table_is_sorted() {
        assert_eq!(tag("eng"), Some("en"));
        assert_eq!(tag("zho"), Some("zh"));
        assert_eq!(tag("gsw"), Some("gsw"));
        assert_eq!(tag("und"), None);
        assert!(TWO_LETTERS.is_sorted());
    }
}
