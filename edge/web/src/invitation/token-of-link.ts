/** The token that the page was opened with; it leaves the address at once, and the history. Empty without one. */
export function takeToken(): string {
  const token = location.hash.slice(1);
  if (token !== "") history.replaceState(null, "", location.pathname);
  return token;
}
