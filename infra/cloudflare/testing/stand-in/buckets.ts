import { type Account, type Asked, jsonOf, NOT_FOUND } from "./account.ts";

/** R2: the answer to a request below the account; undefined where it is about something else. */
export function buckets({ buckets: all }: Account, method: string, path: string, asked: Asked): unknown {
  if (path === "/r2/buckets" && method === "POST") {
    const { name, ...created } = jsonOf(asked);
    all.set(String(name), { created, cors: undefined, lifecycle: undefined });
    return { name };
  }
  const [, name = "", action] = /^\/r2\/buckets\/([^/]+)(?:\/(cors|lifecycle))?$/.exec(path) ?? [];
  if (name === "") return undefined;
  const bucket = all.get(name);
  if (bucket === undefined) return NOT_FOUND;
  if (action !== "cors" && action !== "lifecycle") return { name, ...bucket };
  if (method === "PUT") bucket[action] = jsonOf(asked).rules;
  return bucket[action] === undefined ? NOT_FOUND : { rules: bucket[action] };
}
