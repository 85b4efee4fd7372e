import { withoutControls } from "@reelway/shared/contracts/text";

const MAX_LENGTH = 300;

/** What a session keeps of the User-Agent: enough to recognise a device by, and fit to show. */
export function shortUserAgent(text: string): string {
  return withoutControls(text.slice(0, MAX_LENGTH));
}
