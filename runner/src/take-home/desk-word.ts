import { withoutControls } from "@reelway/shared/contracts/text";
import { withoutSecrets } from "@reelway/shared/log/without-secrets";

const URL_IN_WORD = /\b[a-z][a-z0-9+.-]{1,20}:\/\/\S*/gi;
/** A path that begins where a word or a value in it does; what is behind a digit or a letter is a division. */
const ABSOLUTE_PATH = /(?<=^|[:=,;'"[\]])\/(?!dev\/)(?:[^/:=,;'"[\]]+\/)*(?=[^/:=,;'"[\]])/g;

/**
 * One word of a command as it may be shown: files go by their names, wherever they lay on this host, devices by their
 * nodes. No URL, secret or control character is left.
 */
export function deskWord(word: string, hidePaths: readonly string[]): string {
  const placeless = hidePaths.reduce((text, path) => text.replaceAll(`${path}/`, "/"), word);
  return withoutControls(withoutSecrets(placeless.replace(URL_IN_WORD, "[redacted]").replace(ABSOLUTE_PATH, "")));
}
