const MAX_LENGTH = 300;

/** What a session keeps of the User-Agent: enough to recognise a device by. */
export function shortUserAgent(text: string): string {
  return text.slice(0, MAX_LENGTH);
}
