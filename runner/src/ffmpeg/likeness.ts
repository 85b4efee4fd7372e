import { smallPicture } from "./arguments/small-pictures.ts";

/** How alike two small pictures are: 1 the same, 0 nothing in common, below that the contrary. */
export type Likeness = number;

/** Pictures below this show something else (ADR 39). */
export const leastLikeness: Likeness = 0.5;

const plane = smallPicture.width * smallPicture.height;

/** Black, and no colour, in 8 bits of limited range. */
const black = 16;
const colourless = 128;
/** Steps of a plane that say nothing: noise, rounding and what is left of it at the lowest rates. */
const noise = 6 ** 2;

/** Small pictures, as they lie in a file one behind the other. */
export function smallPicturesIn(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(bytes.length / smallPicture.bytes) }, (_, place) =>
    bytes.subarray(place * smallPicture.bytes, (place + 1) * smallPicture.bytes),
  );
}

/**
 * The likeness of a picture with the most alike of those that it may show. Which one that is differs where rates are changed,
 * pictures come twice or times are rounded: a picture that shows none of its neighbourhood is wrong.
 */
export function likenessWithin(made: Uint8Array, given: readonly Uint8Array[]): Likeness {
  return given.reduce((most, picture) => Math.max(most, likeness(made, picture)), -1);
}

/**
 * SSIM's formula over whole small pictures (Wang et al. 2004), once for light and once for colour, and the lower of both: so
 * neither a loss of detail nor a slightly different light counts for much, and another picture, plane or place does.
 * Both are planes of Y, U and V.
 */
export function likeness(made: Uint8Array, given: Uint8Array): Likeness {
  return Math.min(lightOf(made, given), colourOf(made, given));
}

function lightOf(made: Uint8Array, given: Uint8Array): Likeness {
  let [sumA, sumB, squaresA, squaresB, products] = [0, 0, 0, 0, 0];
  for (let at = 0; at < plane; at++) {
    const [a, b] = [(made[at] ?? 0) - black, (given[at] ?? 0) - black];
    sumA += a;
    sumB += b;
    squaresA += a * a;
    squaresB += b * b;
    products += a * b;
  }
  const [meanA, meanB] = [sumA / plane, sumB / plane];
  const [varianceA, varianceB] = [squaresA / plane - meanA ** 2, squaresB / plane - meanB ** 2];
  const structure = shareOf(products / plane - meanA * meanB, varianceA, varianceB);
  return structure * shareOf(meanA * meanB, meanA ** 2, meanB ** 2);
}

/** The same of colours as directions from grey: two planes that are swapped point elsewhere. */
function colourOf(made: Uint8Array, given: Uint8Array): Likeness {
  let [squaresA, squaresB, products] = [0, 0, 0];
  for (let at = plane; at < 3 * plane; at++) {
    const [a, b] = [(made[at] ?? 0) - colourless, (given[at] ?? 0) - colourless];
    squaresA += a * a;
    squaresB += b * b;
    products += a * b;
  }
  return shareOf(products / plane, squaresA / plane, squaresB / plane);
}

function shareOf(product: number, squareA: number, squareB: number): number {
  return (2 * product + noise) / (squareA + squareB + noise);
}
