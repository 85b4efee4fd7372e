import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/** The `invalid_request` of one field: `path` is dotted and leads into the body, `message` goes on from the field's name. */
export function invalidField(path: string, message: string): ReelwayError {
  return new ReelwayError("invalid_request", undefined, { errors: [{ path, message }] });
}
