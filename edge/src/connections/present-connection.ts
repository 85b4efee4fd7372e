import type { Connection } from "@reelway/shared/contracts/connection";
import type { ConnectionRow } from "../store/rows.ts";

/** A connection as the API shows it: never its secret. */
export function presentConnection(row: ConnectionRow): Connection {
  const { id, name, endpoint, s3Region, bucket, prefix, purposes, accessKeyId, createdAt } = row;
  return { id, name, endpoint, s3Region, bucket, prefix, purposes, accessKeyId, createdAt };
}
