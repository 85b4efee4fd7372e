use serde::{Deserialize, Serialize};

/// Colour description with the code points of ITU-T H.273.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Colour {
    /// Colour primaries: 1 BT.709, 9 BT.2020 …
    pub primaries: u16,
    /// Transfer characteristics: 1 BT.709, 16 PQ, 18 HLG …
    pub transfer: u16,
    /// Matrix coefficients.
    pub matrix: u16,
    /// Sample values use the full range.
    pub full_range: bool,
}

/// The dynamic range, in the words of HLS (`VIDEO-RANGE`, RFC 8216bis §4.4.6.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VideoRange {
    /// Standard dynamic range.
    Sdr,
    /// Hybrid log-gamma, and what mixes SDR with it.
    Hlg,
    /// Perceptual quantiser (SMPTE ST 2084).
    Pq,
}

impl Colour {
    /// The dynamic range that the transfer characteristics mean.
    pub const fn range(&self) -> VideoRange {
        match self.transfer {
            16 => VideoRange::Pq,
            18 => VideoRange::Hlg,
            _ => VideoRange::Sdr,
        }
    }
}

impl VideoRange {
    /// The value as it stands in a playlist.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sdr => "SDR",
            Self::Hlg => "HLG",
            Self::Pq => "PQ",
        }
    }
}
