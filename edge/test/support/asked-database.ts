import { env } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";

/** D1 takes no longer string, and no larger row. The local one takes them. */
const stringBytesMax = 2_000_000;

/** The Worker with a D1 that remembers what it was asked: the last values of each statement, and strings that D1 would refuse. */
export function askedDatabase() {
  const asked = new Map<string, unknown[]>();
  const tooLong: string[] = [];
  const remember = (text: string, values: unknown[]) => {
    asked.set(text, values);
    for (const value of values)
      if (typeof value === "string" && new TextEncoder().encode(value).byteLength > stringBytesMax) tooLong.push(text);
  };
  const prepare = (text: string) =>
    new Proxy(env.DB.prepare(text), {
      get(statement, name) {
        if (name === "bind")
          return (...values: unknown[]) => {
            remember(text, values);
            return statement.bind(...values);
          };
        if (!asked.has(text)) remember(text, []);
        return memberOf(statement, name);
      },
    });
  const DB = new Proxy(env.DB, {
    get: (target, name) => (name === "prepare" ? prepare : memberOf(target, name)),
  });
  const watched: Env = { ...env, DB };
  return { watched, asked, tooLong };
}

function memberOf(target: object, name: string | symbol): unknown {
  const member: unknown = Reflect.get(target, name);
  return typeof member === "function" ? member.bind(target) : member;
}
