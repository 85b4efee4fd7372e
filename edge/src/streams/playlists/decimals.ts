/**
 * The number with so many decimals, as the media engine writes it: exact, and to the even neighbour where it lies in the
 * middle of two, where `toFixed` goes up. For numbers that are not negative.
 */
export function decimals(value: number, digits: number): string {
  // Only an odd multiple of this power of two has a middle's decimals.
  const halves = value * 2 ** (digits + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(digits);
  const below = (halves * 5 ** digits - 1) / 2;
  return ((below % 2 === 0 ? below : below + 1) / 10 ** digits).toFixed(digits);
}
