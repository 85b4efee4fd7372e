/** Where players ask, with a token in the path; anybody's page may. */
export function isPlayed(path: string): boolean {
  return path.startsWith("/api/v1/play/");
}
