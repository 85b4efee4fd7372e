/// One sample as a file that is written tells it, fragmented or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct OutputSample {
    /// Bytes.
    pub size: u32,
    /// Ticks.
    pub duration: u32,
    /// Composition time minus decode time, in ticks; may be negative in fragments.
    pub composition_offset: i32,
    /// Decoding can start here.
    pub sync: bool,
}
