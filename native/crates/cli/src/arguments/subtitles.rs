use std::path::PathBuf;
use std::str::FromStr;

use reelway_package::SubtitleLabel;

/// A file of subtitles, and what viewers are told of it: `FILE[,lang=TAG][,name=TEXT][,default][,forced]`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SubtitleArgument {
    pub(crate) file: PathBuf,
    pub(crate) label: SubtitleLabel,
}

impl FromStr for SubtitleArgument {
    type Err = String;

    /// Options stand at the end, so that a file's own name may hold commas.
    fn from_str(text: &str) -> Result<Self, String> {
        let mut label = SubtitleLabel::default();
        let mut file = text;
        while let Some((before, option)) = file.rsplit_once(',') {
            match option.split_once('=') {
                Some(("lang", tag)) => label.language = Some(tag.to_owned()),
                Some(("name", name)) => label.name = Some(name.to_owned()),
                None if option == "default" => label.default = true,
                None if option == "forced" => label.forced = true,
                _ => break,
            }
            file = before;
        }
        if !label.is_valid() {
            return Err("a language is a BCP 47 tag (en, pt-BR), a name one line without quotation marks".to_owned());
        }
        Ok(Self { file: PathBuf::from(file), label })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_follow_a_file_whose_name_may_hold_commas() {
        let label = |language: Option<&str>, name: Option<&str>, default, forced| SubtitleLabel {
            language: language.map(str::to_owned),
            name: name.map(str::to_owned),
            default,
            forced,
        };
        for (text, file, expected) in [
            ("a.vtt", "a.vtt", label(None, None, false, false)),
            ("a,b.vtt,lang=en,name=English (SDH),default", "a,b.vtt", label(Some("en"), Some("English (SDH)"), true, false)),
            ("a.srt,forced,lang=pt-BR", "a.srt", label(Some("pt-BR"), None, false, true)),
            ("a.srt,langg=en", "a.srt,langg=en", label(None, None, false, false)),
        ] {
            assert_eq!(text.parse(), Ok(SubtitleArgument { file: PathBuf::from(file), label: expected }), "{text}");
        }
        for text in ["a.vtt,lang=e", "a.vtt,name=", "a.vtt,name=a\"b"] {
            assert!(text.parse::<SubtitleArgument>().is_err(), "{text}");
        }
    }
}
