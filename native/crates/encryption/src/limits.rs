//! Bounds of encryption.

/// Pairs of clear and protected bytes in one sample. Behind an IV of 8 bytes, `saiz` has room for no more in its 255 bytes.
pub const MAX_PARTS: usize = 40;

/// Clear bytes of one pair: what its 16 bits hold.
pub const MAX_CLEAR: u64 = 65_535;

/// Segment numbers that fit their place in an initialization vector.
pub const MAX_SEGMENT: u32 = (1 << 24) - 1;

/// Renditions of one kind that fit their place in an initialization vector.
pub const MAX_STREAM: u8 = 127;
