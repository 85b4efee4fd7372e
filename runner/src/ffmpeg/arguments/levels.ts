/** A picture as a level bounds it. */
export interface Load {
  readonly width: number;
  readonly height: number;
  /** Pictures per second at most. */
  readonly fps: number;
  /** Ceiling of the bit rate, and the buffer that it may fill in one second. */
  readonly maxKbps: number;
}

type H264Level = readonly [level: string, macroblocksPerSecond: number, frame: number, buffered: number, kbps: number];

/** ITU-T H.264 (08/2021) table A-1: MaxMBPS, MaxFS, MaxDpbMbs (macroblocks), and the lesser of MaxBR and MaxCPB. */
const h264Levels: readonly H264Level[] = [
  ["1.1", 3_000, 396, 900, 192],
  ["1.2", 6_000, 396, 2_376, 384],
  ["1.3", 11_880, 396, 2_376, 768],
  ["2.0", 11_880, 396, 2_376, 2_000],
  ["2.1", 19_800, 792, 4_752, 4_000],
  ["2.2", 20_250, 1_620, 8_100, 4_000],
  ["3.0", 40_500, 1_620, 8_100, 10_000],
  ["3.1", 108_000, 3_600, 18_000, 14_000],
  ["3.2", 216_000, 5_120, 20_480, 20_000],
  ["4.0", 245_760, 8_192, 32_768, 20_000],
  ["4.1", 245_760, 8_192, 32_768, 50_000],
  ["4.2", 522_240, 8_704, 34_816, 50_000],
  ["5.0", 589_824, 22_080, 110_400, 135_000],
  ["5.1", 983_040, 36_864, 184_320, 240_000],
  ["5.2", 2_073_600, 36_864, 184_320, 240_000],
  ["6.0", 4_177_920, 139_264, 696_320, 240_000],
  ["6.1", 8_355_840, 139_264, 696_320, 480_000],
  ["6.2", 16_711_680, 139_264, 696_320, 800_000],
];
/** High profile may use this much more (A.3.3, cpbBrVclFactor 1250). */
const highProfileFactor = 1.25;
/** Reference pictures that our presets use. */
export const h264References = 4;

/** The lowest level of H.264's High profile that holds the picture; null beyond the highest. */
export function h264Level({ width, height, fps, maxKbps }: Load): string | null {
  const [across, down] = [Math.ceil(width / 16), Math.ceil(height / 16)];
  const size = across * down;
  const fitting = h264Levels.find(
    ([, perSecond, frame, buffered, kbps]) =>
      size <= frame &&
      Math.max(across, down) <= Math.sqrt(8 * frame) &&
      size * fps <= perSecond &&
      size * h264References <= buffered &&
      maxKbps <= kbps * highProfileFactor,
  );
  return fitting?.[0] ?? null;
}

type H265Level = readonly [level: string, lumaPicture: number, lumaPerSecond: number, kbps: number];

/** ITU-T H.265 (08/2021) tables A.8 and A.9, Main tier: MaxLumaPs, MaxLumaSr, and MaxBR, which MaxCPB is not below. */
const h265Levels: readonly H265Level[] = [
  ["1.0", 36_864, 552_960, 128],
  ["2.0", 122_880, 3_686_400, 1_500],
  ["2.1", 245_760, 7_372_800, 3_000],
  ["3.0", 552_960, 16_588_800, 6_000],
  ["3.1", 983_040, 33_177_600, 10_000],
  ["4.0", 2_228_224, 66_846_720, 12_000],
  ["4.1", 2_228_224, 133_693_440, 20_000],
  ["5.0", 8_912_896, 267_386_880, 25_000],
  ["5.1", 8_912_896, 534_773_760, 40_000],
  ["5.2", 8_912_896, 1_069_547_520, 60_000],
  ["6.0", 35_651_584, 1_069_547_520, 60_000],
  ["6.1", 35_651_584, 2_139_095_040, 120_000],
  ["6.2", 35_651_584, 4_278_190_080, 240_000],
];

/** The lowest level of H.265's Main tier that holds the picture; null beyond the highest. */
export function h265Level({ width, height, fps, maxKbps }: Load): string | null {
  const size = width * height;
  const fitting = h265Levels.find(
    ([, picture, perSecond, kbps]) =>
      size <= picture &&
      Math.max(width, height) <= Math.sqrt(8 * picture) &&
      size * fps <= perSecond &&
      maxKbps <= kbps,
  );
  return fitting?.[0] ?? null;
}
