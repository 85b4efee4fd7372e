//! Subtitles of a title: each track whole, for DASH, and on the segments of the pictures, for HLS.

use std::ops::Range;

use reelway_manifest::{Layout, Rendition, SubtitleLabel, Subtitles, TextSegment, names};
use reelway_output::OutputFolder;
use reelway_webvtt::{Document, Segments};

use crate::package::Options;
use crate::{Error, Result, limits};

/// One track of subtitles to package.
#[derive(Debug, Clone)]
pub struct SubtitleInput {
    /// The name to call it by in messages.
    pub source: String,
    /// Its cues.
    pub document: Document,
    /// Its language and name.
    pub label: SubtitleLabel,
}

/// Where the title's segments begin, and where the last one ends, in ticks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Grid {
    timescale: u32,
    borders: Vec<i64>,
}

impl Grid {
    /// The segments of the first pictures, or else the first sound; without either, those that were planned.
    pub(crate) fn of(renditions: &[Rendition], options: &Options) -> Result<Self> {
        match renditions.first() {
            Some(media) => {
                let ends = media.segments.last().map(reelway_manifest::Segment::end);
                let borders = media.segments.iter().map(|segment| segment.start).chain(ends).collect();
                Ok(Self { timescale: media.timescale, borders })
            }
            None => Self::planned(options),
        }
    }

    fn planned(options: &Options) -> Result<Self> {
        let (Some(borders), Some(end)) = (&options.borders, options.end) else {
            return Err(Error::refused("subtitles alone need the borders of the title's segments, and its end"));
        };
        let timescale = borders.first().map_or(end.timescale, |first| first.timescale);
        let end = end.ceil_in(timescale);
        let inside = borders.iter().map(|border| border.ceil_in(timescale)).filter(|ticks| (1..end).contains(ticks));
        let mut all: Vec<i64> = [0, end].into_iter().chain(inside).collect();
        all.sort_unstable();
        all.dedup();
        if all.len() < 2 || all.len() > limits::MAX_SEGMENTS {
            return Err(Error::refused(format!("a title has from 1 to {} segments", limits::MAX_SEGMENTS)));
        }
        Ok(Self { timescale, borders: all })
    }

    /// In one piece.
    fn whole(&self) -> Self {
        let borders = [self.borders.first(), self.borders.last()].into_iter().flatten().copied().collect();
        Self { timescale: self.timescale, borders }
    }

    fn spans(&self) -> impl Iterator<Item = (i64, i64)> {
        self.borders.iter().copied().zip(self.borders.iter().skip(1).copied())
    }

    /// Milliseconds, rounded outward: a cue that touches a segment by less stands in it too.
    fn milliseconds(&self) -> Vec<Range<u64>> {
        let timescale = i128::from(self.timescale.max(1));
        let rounded = |ticks: i64, up: i128| u64::try_from((i128::from(ticks) * 1000 + up).div_euclid(timescale)).unwrap_or(0);
        self.spans().map(|(start, end)| rounded(start, 0)..rounded(end, timescale - 1)).collect()
    }
}

/// Refuses what players could not tell apart, before anything is written.
pub(crate) fn check(inputs: &[SubtitleInput]) -> Result<()> {
    if inputs.len() > limits::MAX_RENDITIONS {
        return Err(Error::refused(format!("more than {} subtitles", limits::MAX_RENDITIONS)));
    }
    if let Some(input) = inputs.iter().find(|input| !input.label.is_valid()) {
        return Err(Error::refused(format!("{}: its language or name can't stand in a playlist", input.source)));
    }
    if inputs.iter().filter(|input| input.label.default).count() > 1 {
        return Err(Error::refused("more than one of the subtitles is to be shown by default"));
    }
    Ok(())
}

/// Writes all tracks, and says what was written.
pub(crate) fn write(options: &Options, grid: &Grid, folder: &OutputFolder) -> Result<Vec<Subtitles>> {
    if grid.borders.len().saturating_mul(options.subtitles.len()) > limits::MAX_TOTAL_SEGMENTS {
        return Err(Error::refused(format!("more than {} segments of subtitles", limits::MAX_TOTAL_SEGMENTS)));
    }
    let numbered = (1..).zip(&options.subtitles);
    numbered.map(|(number, input)| write_one(format!("subtitles-{number}"), input, options.layout, grid, folder)).collect()
}

fn write_one(id: String, input: &SubtitleInput, layout: Layout, grid: &Grid, folder: &OutputFolder) -> Result<Subtitles> {
    folder.create_dir(&id)?;
    let whole = input.document.to_string();
    folder.write_file(&format!("{id}/{}", names::SUBTITLES), whole.as_bytes())?;
    let bytes = whole.len() as u64;
    let segments = match layout {
        Layout::SingleFile => described(&grid.whole(), [bytes].into_iter()),
        Layout::SegmentFiles => {
            let refused = |error| Error::refused(format!("{}: {error}", input.source));
            let segments = Segments::of(&input.document, &grid.milliseconds()).map_err(refused)?;
            let mut lengths = Vec::new();
            for (number, text) in (1..).zip(segments.texts()) {
                folder.write_file(&format!("{id}/{}", names::text_segment(number)), text.as_bytes())?;
                lengths.push(text.len() as u64);
            }
            described(grid, lengths.into_iter())
        }
    };
    Ok(Subtitles { id, label: input.label.clone(), timescale: grid.timescale, bytes, segments })
}

fn described(grid: &Grid, lengths: impl Iterator<Item = u64>) -> Vec<TextSegment> {
    let all = (1..).zip(grid.spans()).zip(lengths);
    all.map(|((number, (start, end)), bytes)| TextSegment { number, start, duration: end - start, bytes }).collect()
}

#[cfg(test)]
#[allow(clippy::unwrap_used, clippy::single_range_in_vec_init)]
mod tests {
    use super::*;
    use crate::Time;

    #[test]
    fn a_grid_is_planned_from_borders_and_an_end() {
        let time = |ticks, timescale| Time { ticks, timescale };
        let borders = vec![time(4000, 1000), time(8, 1), time(0, 1), time(12, 1)];
        let options = Options { borders: Some(borders), end: Some(time(10, 1)), ..Options::default() };
        let grid = Grid::planned(&options).unwrap();
        assert_eq!(grid, Grid { timescale: 1000, borders: vec![0, 4000, 8000, 10_000] });
        assert!(Grid::planned(&Options { end: None, ..options }).is_err());
    }

    #[test]
    fn milliseconds_are_rounded_outward() {
        let grid = Grid { timescale: 30_000, borders: vec![0, 10_010, 20_020] };
        assert_eq!(grid.milliseconds(), [0..334, 333..668]);
    }
}
