use reelway_mp4::{Boxes, FourCc, Movie, Track};

/// Small numbers from a seed, the same in every run (xorshift64*).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        usize::try_from(self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33).unwrap() % end
    }

    /// Flips up to three bits outside `mdat`: a flip in the media is none of a packager's business.
    pub(super) fn flip_headers(&mut self, bytes: &mut [u8]) {
        let boxes = Boxes::new(bytes).filter(|found| found.kind != FourCc::new(b"mdat"));
        let headers: Vec<usize> = boxes.flat_map(|found| found.start..found.start + found.whole.len()).collect();
        for _ in 0..=self.below(3) {
            bytes[headers[self.below(headers.len())]] ^= 1 << self.below(8);
        }
    }

    /// Flips up to sixteen bits in the first bytes of samples, where coded pictures have their headers.
    pub(super) fn flip_media(&mut self, bytes: &mut [u8]) {
        let movie = Movie::parse(bytes).expect("an intact file");
        let samples = movie.tracks.iter().flat_map(Track::samples).map(|sample| sample.expect("a readable sample"));
        let starts: Vec<_> = samples.filter(|sample| sample.size > 0).map(|sample| (sample.offset, sample.size)).collect();
        for _ in 0..=self.below(16) {
            let (offset, size) = starts[self.below(starts.len())];
            let place = usize::try_from(offset).unwrap() + self.below(size.min(48) as usize);
            bytes[place] ^= 1 << self.below(8);
        }
    }
}
