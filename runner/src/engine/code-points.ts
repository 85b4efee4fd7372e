/** Names that ffmpeg gives to the code points of ITU-T H.273; null where it means that nothing is known. */
type Names = Readonly<Record<number, string | null>>;

export const primaries: Names = {
  1: "bt709",
  2: null,
  4: "bt470m",
  5: "bt470bg",
  6: "smpte170m",
  7: "smpte240m",
  8: "film",
  9: "bt2020",
  10: "smpte428",
  11: "smpte431",
  12: "smpte432",
};

export const transfers: Names = {
  1: "bt709",
  2: null,
  4: "bt470m",
  5: "bt470bg",
  6: "smpte170m",
  7: "smpte240m",
  8: "linear",
  13: "iec61966-2-1",
  14: "bt2020-10",
  15: "bt2020-12",
  16: "smpte2084",
  18: "arib-std-b67",
};

export const matrices: Names = {
  1: "bt709",
  2: null,
  4: "fcc",
  5: "bt470bg",
  6: "smpte170m",
  7: "smpte240m",
  9: "bt2020nc",
  10: "bt2020c",
};
