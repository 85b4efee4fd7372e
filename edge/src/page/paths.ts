/** What the Worker answers by itself; everything else is the dashboard's. */
const OWN = /^\/(api|healthz|readyz|metrics|\.well-known|cdn-cgi)(\/|$)/;
/** Where the build puts files whose names hold their content's hash. */
const HASHED = /^\/assets\//;
const EMBED = /^\/embed\/[^/]+$/;

export function isOfPage(path: string): boolean {
  return !OWN.test(path);
}

export function isHashed(path: string): boolean {
  return HASHED.test(path);
}

/** The player alone, for frames of other sites. */
export function isEmbed(path: string): boolean {
  return EMBED.test(path);
}
