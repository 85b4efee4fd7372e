use reelway_cut::{Pictures, Span};
use reelway_inspect::index::Index;
use reelway_mp4::Sample;

use crate::chunks::{Border, Targets, choose};
use crate::clock::Clock;
use crate::document::{ChunkPlan, Plan, PlannedChunk, VERSION, WholePlan};
use crate::segments::{Grouping, Stretch};
use crate::{Error, Result, Whole, limits};

/// What to aim for.
#[derive(Debug, Clone)]
pub struct Options {
    /// Id of the video track; the first one without it.
    pub track: Option<u32>,
    /// Seconds that a segment should last.
    pub segment_seconds: f64,
    /// Seconds that a chunk should last.
    pub chunk_seconds: f64,
    /// Seconds that the first chunks should last, so that playback can begin early.
    pub opening_seconds: Vec<f64>,
}

impl Options {
    fn check(&self) -> Result<()> {
        if !limits::SEGMENT_SECONDS.contains(&self.segment_seconds) {
            return Err(Error::Options("a segment lasts from 0.5 to 60 seconds"));
        }
        let mut chunks = self.opening_seconds.iter().chain([&self.chunk_seconds]);
        if !chunks.all(|seconds| limits::CHUNK_SECONDS.contains(seconds)) {
            return Err(Error::Options("a chunk lasts from 0.5 to 3600 seconds"));
        }
        if self.opening_seconds.len() > limits::MAX_OPENING {
            return Err(Error::Options("the opening has 16 chunks at most"));
        }
        Ok(())
    }
}

/// Plans a title from its index.
#[derive(Debug)]
pub struct Planner<'i> {
    index: &'i Index,
    pictures: Pictures<'i>,
    options: &'i Options,
}

impl<'i> Planner<'i> {
    /// Reads the track. The index must have been validated.
    pub fn of(index: &'i Index, options: &'i Options) -> Result<Self> {
        options.check()?;
        Ok(Self { index, pictures: Pictures::of(index, options.track)?, options })
    }

    /// The plan of the title.
    pub fn plan(&self) -> Result<Plan> {
        let track = self.pictures.track();
        let whole = |whole| Ok(Plan::Whole(WholePlan { version: VERSION, track: track.id, whole }));
        if let Some(found) = Whole::of_track(&self.pictures) {
            return whole(found);
        }
        let times = self.shown_times();
        let Some((start, latest)) = times.first().copied().zip(times.last().copied()) else {
            return Err(reelway_cut::Error::NothingShown.into());
        };
        let (borders, behind) = self.borders(start, latest);
        if let Some(found) = Whole::of_order(&self.pictures, &times, &borders) {
            return whole(found);
        }
        let end = borders.first().and_then(|first| self.pictures.span(first.key_frame, behind)).map_or(latest, |span| span.end);
        if let Some(found) = Whole::of_borders(&borders, start, end, track.timescale) {
            return whole(found);
        }
        let targets = Targets::new(&self.options.opening_seconds, self.options.chunk_seconds, track.timescale);
        let chosen = choose(&borders, start, end, targets);
        let ends = chosen.iter().skip(1).map(|border| border.key_frame).chain([behind]);
        let spans = chosen.iter().zip(ends).map(|(border, to)| {
            let span = self.pictures.span(border.key_frame, to).ok_or(reelway_cut::Error::NothingShown)?;
            Ok((border.key_frame, to, span))
        });
        Ok(Plan::Chunks(self.planned(&times, spans.collect::<Result<Vec<_>>>()?)?))
    }

    /// The part of the index that a chunk of the plan is cut from: it gives the same bytes as the whole.
    pub fn slice(&self, chunk: &PlannedChunk) -> Result<Index> {
        let (from, to) = (chunk.from_key_frame, chunk.to_key_frame);
        let span = self.pictures.span(from, to).ok_or(reelway_cut::Error::NothingShown)?;
        // The key frame behind the chunk tells where it ends; there may be none.
        let next = self.pictures.gop(to).map_or(self.pictures.samples().len(), |gop| place(gop.first_sample).saturating_add(1));
        let samples = self.pictures.samples().get(span.samples.start..span.samples.end.max(next)).unwrap_or_default();
        let shift = self.pictures.track().presentation_shift;
        let as_indexed = samples.iter().map(|sample| Sample { decode_time: sample.decode_time - shift, ..*sample });
        let number = u32::try_from(from).map_err(|_| Error::Limit("key frames"))?;
        Ok(self.index.slice(self.pictures.track(), as_indexed, number)?)
    }

    /// When the title's pictures are shown, sorted.
    fn shown_times(&self) -> Vec<i64> {
        let end = self.pictures.track().presentation_end.unwrap_or(i64::MAX);
        let times = self.pictures.samples().iter().map(Sample::composition_time);
        let mut times: Vec<i64> = times.filter(|time| (0..end).contains(time)).collect();
        times.sort_unstable();
        times
    }

    /// The borders of the title, from the one that its first picture needs; and the key frame to end the last chunk before, the
    /// first that shows nothing more.
    fn borders(&self, start: i64, latest: i64) -> (Vec<Border>, usize) {
        let all = self.pictures.borders().filter_map(|key_frame| {
            let gop = self.pictures.gop(key_frame)?;
            Some(Border { key_frame, first_sample: place(gop.first_sample), time: gop.time })
        });
        let all: Vec<Border> = all.collect();
        let behind =
            all.iter().find(|border| border.time > latest).map_or(self.pictures.key_frames().end, |border| border.key_frame);
        // What is decoded before a border is shown before it: nothing of that belongs to the title.
        let first = all.iter().rposition(|border| border.time <= start);
        let from_first = first.and_then(|first| all.get(first..)).unwrap_or_default();
        (from_first.iter().take_while(|border| border.time <= latest).copied().collect(), behind)
    }

    fn planned(&self, times: &[i64], spans: Vec<(usize, usize, Span)>) -> Result<ChunkPlan> {
        let track = self.pictures.track();
        let clock = Clock::of(times, track.timescale);
        let last_end = spans.last().map_or(0, |(_, _, span)| span.end);
        let title_end = clock.end(last_end)?;
        #[allow(clippy::cast_possible_truncation)] // a minute at 2^32 ticks a second at most
        let target = (self.options.segment_seconds * f64::from(clock.timescale)).round() as i64;
        let mut chunks: Vec<PlannedChunk> = Vec::with_capacity(spans.len());
        let (mut first_picture, mut segments, mut longest) = (0, 0, 0);
        for (ordinal, (from, to, span)) in (0..).zip(spans) {
            let pictures = place(span.pictures);
            let start = clock.picture(first_picture)?;
            let behind = first_picture.saturating_add(pictures);
            let end = if behind < times.len() { clock.picture(behind)? } else { title_end };
            let planned = Grouping::of(&clock, Stretch { first: first_picture, pictures, start, end }, target)?;
            let starts = planned.segments.iter().map(|segment| segment.start);
            let ends = starts.clone().skip(1).chain([end]);
            longest = ends.zip(starts).map(|(end, start)| end - start).fold(longest, i64::max);
            if segments + planned.segments.len() > limits::MAX_SEGMENTS {
                return Err(Error::Limit("65,535 segments"));
            }
            chunks.push(PlannedChunk {
                ordinal,
                from_key_frame: from,
                to_key_frame: to,
                start,
                end,
                pictures: span.pictures,
                first_segment: number(segments)? + 1,
                segments: planned.segments,
                key_frames: planned.key_frames,
                grid: planned.grid,
                source_range: self.pictures.source_range(&span)?,
                slice: None,
            });
            segments += chunks.last().map_or(0, |chunk| chunk.segments.len());
            first_picture = behind;
        }
        Ok(ChunkPlan {
            version: VERSION,
            track: track.id,
            timescale: clock.timescale,
            frame_rate: clock.frame_rate(),
            start: clock.picture(0)?,
            end: title_end,
            pictures: times.len() as u64,
            segments: number(segments)?,
            target_duration: longest.unsigned_abs().div_ceil(u64::from(clock.timescale.max(1))),
            chunks,
        })
    }
}

/// A place in memory: what was counted there fits.
fn place(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

fn number(count: usize) -> Result<u32> {
    u32::try_from(count).map_err(|_| Error::Limit("65,535 segments"))
}
