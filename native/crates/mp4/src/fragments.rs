//! Movie fragments (ISO/IEC 14496-12 §8.8), walked in file order without a list of them.

use crate::boxes::{BoxView, Boxes};
use crate::reader::Reader;
use crate::{Error, FourCc, Result, Sample};

const MOOF: FourCc = FourCc::new(b"moof");
const TRAF: FourCc = FourCc::new(b"traf");
const TFHD: FourCc = FourCc::new(b"tfhd");
const TRUN: FourCc = FourCc::new(b"trun");
const NON_SYNC: u32 = 0x0001_0000;

/// What applies to a sample when its run says nothing: from `trex`, overridden by `tfhd`.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Defaults {
    pub(crate) description: u32,
    pub(crate) duration: u32,
    pub(crate) size: u32,
    pub(crate) flags: u32,
}

impl Defaults {
    /// Reads a `trex`; gives the track's id with it.
    pub(crate) fn parse(trex: &BoxView<'_>) -> Result<(u32, Self)> {
        let mut reader = trex.reader();
        reader.full_box()?;
        let track = reader.u32()?;
        let defaults = Self { description: reader.u32()?, duration: reader.u32()?, size: reader.u32()?, flags: reader.u32()? };
        Ok((track, defaults))
    }
}

/// Walks the samples of one track through all fragments of the file.
#[derive(Debug, Clone)]
pub(crate) struct FragmentCursor<'a> {
    track: u32,
    movie_defaults: Defaults,
    top_level: Boxes<'a>,
    moof_start: u64,
    fragments: Boxes<'a>,
    /// The open fragment has shown a `traf` already.
    seen_traf: bool,
    runs: Boxes<'a>,
    defaults: Defaults,
    base: u64,
    run: Option<Run<'a>>,
    decode_time: u64,
    next_offset: u64,
}

#[derive(Debug, Clone, Copy)]
struct Run<'a> {
    reader: Reader<'a>,
    left: u32,
    flags: u32,
    first_sample_flags: Option<u32>,
}

impl<'a> FragmentCursor<'a> {
    pub(crate) const fn new(file: &'a [u8], track: u32, movie_defaults: Defaults) -> Self {
        Self {
            track,
            movie_defaults,
            top_level: Boxes::new(file),
            moof_start: 0,
            fragments: Boxes::new(&[]),
            seen_traf: false,
            runs: Boxes::new(&[]),
            defaults: movie_defaults,
            base: 0,
            run: None,
            decode_time: 0,
            next_offset: 0,
        }
    }

    /// The time of the first sample, for fragments that don't tell theirs.
    pub(crate) const fn start_at(&mut self, decode_time: u64) {
        self.decode_time = decode_time;
    }

    #[inline]
    pub(crate) fn advance(&mut self) -> Result<Option<Sample>> {
        loop {
            if let Some(run) = &mut self.run
                && run.left > 0
            {
                let mut sample = run.sample(&self.defaults)?;
                sample.offset = self.next_offset;
                sample.decode_time =
                    i64::try_from(self.decode_time).map_err(|_| Error::Limit { place: TRUN, reason: "a decode time" })?;
                self.next_offset = self.next_offset.saturating_add(u64::from(sample.size));
                self.decode_time = self.decode_time.saturating_add(u64::from(sample.duration));
                return Ok(Some(sample));
            }
            if !self.open_next_run()? {
                return Ok(None);
            }
        }
    }

    /// Moves to the next run of this track; `false` at the end of the file.
    fn open_next_run(&mut self) -> Result<bool> {
        for found in self.runs.by_ref() {
            if found.kind == TRUN {
                let found = found.complete()?;
                let mut reader = found.reader();
                let (_, flags) = reader.full_box()?;
                let left = reader.u32()?;
                if flags & 0x1 != 0 {
                    let offset = i64::from(reader.i32()?);
                    self.next_offset = self
                        .base
                        .checked_add_signed(offset)
                        .ok_or(Error::Malformed { place: TRUN, reason: "data before the file" })?;
                }
                let first_sample_flags = if flags & 0x4 != 0 { Some(reader.u32()?) } else { None };
                self.run = Some(Run { reader, left, flags, first_sample_flags });
                return Ok(true);
            }
        }
        self.run = None;
        while let Some(found) = self.fragments.next() {
            if found.kind == TRAF {
                let traf = found.complete()?;
                let first = !self.seen_traf;
                self.seen_traf = true;
                if self.open_traf(&traf.children(), first)? {
                    return Ok(true);
                }
            }
        }
        for found in self.top_level.by_ref() {
            if found.kind == MOOF {
                let moof = found.complete()?;
                self.moof_start = moof.start as u64;
                self.fragments = moof.children();
                self.seen_traf = false;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Takes over a `traf` if it is this track's.
    fn open_traf(&mut self, traf: &Boxes<'a>, first: bool) -> Result<bool> {
        let mut reader = traf.require(TFHD)?.reader();
        let (_, flags) = reader.full_box()?;
        if reader.u32()? != self.track {
            return Ok(false);
        }
        self.base = if flags & 0x1 != 0 {
            reader.u64()?
        } else if flags & 0x2_0000 != 0 || first {
            self.moof_start
        } else {
            return Err(Error::Unsupported { place: TFHD, reason: "data placed behind another track's" });
        };
        let movie = self.movie_defaults;
        self.defaults = Defaults {
            description: if flags & 0x2 != 0 { reader.u32()? } else { movie.description },
            duration: if flags & 0x8 != 0 { reader.u32()? } else { movie.duration },
            size: if flags & 0x10 != 0 { reader.u32()? } else { movie.size },
            flags: if flags & 0x20 != 0 { reader.u32()? } else { movie.flags },
        };
        if let Some(tfdt) = traf.find(FourCc::new(b"tfdt")) {
            let mut reader = tfdt.complete()?.reader();
            let (version, _) = reader.full_box()?;
            self.decode_time = if version == 1 { reader.u64()? } else { u64::from(reader.u32()?) };
        }
        self.next_offset = self.base;
        self.runs = traf.clone();
        Ok(true)
    }
}

impl Run<'_> {
    /// The next sample of the run, without its place and time.
    #[inline]
    fn sample(&mut self, defaults: &Defaults) -> Result<Sample> {
        let duration = if self.flags & 0x100 != 0 { self.reader.u32()? } else { defaults.duration };
        let size = if self.flags & 0x200 != 0 { self.reader.u32()? } else { defaults.size };
        let own_flags = if self.flags & 0x400 != 0 { Some(self.reader.u32()?) } else { None };
        let flags = self.first_sample_flags.take().or(own_flags).unwrap_or(defaults.flags);
        // As in `ctts`: writers put negative offsets into version 0 too.
        let composition_offset = if self.flags & 0x800 != 0 { self.reader.i32()? } else { 0 };
        self.left -= 1;
        Ok(Sample {
            offset: 0,
            size,
            decode_time: 0,
            duration,
            composition_offset,
            sync: flags & NON_SYNC == 0,
            description: defaults.description.saturating_sub(1),
        })
    }
}
