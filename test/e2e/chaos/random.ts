/** Numbers from 0 up to 1 that are the same for the same seed: a linear congruential generator, modulo 2^31. */
export function seededRandom(seed: number): () => number {
  let state = Math.trunc(seed) & 0x7fff_ffff;
  const next = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff;
    return state / 2 ** 31;
  };
  // Seeds that lie close together begin with numbers that do: the first few are thrown away.
  for (let skipped = 0; skipped < 8; skipped++) next();
  return next;
}
