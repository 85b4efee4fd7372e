import sharp from "sharp";

/** Twice as large, for screens with small pixels. */
const dotsPerInch = 144;

export function toPng(svg: string): Promise<Buffer> {
  return sharp(Buffer.from(svg), { density: dotsPerInch }).png({ palette: true, compressionLevel: 9 }).toBuffer();
}
