const PLAYED = /^\/api\/v1\/play\/[^/]+\/([^/]+\/)?[^/]+$/;

/** Where players ask, with a token in the path; anybody's page may. Every such path has a route. */
export function isPlayed(path: string): boolean {
  return PLAYED.test(path);
}
