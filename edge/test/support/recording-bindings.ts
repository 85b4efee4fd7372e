import { env } from "cloudflare:workers";
import type { Env } from "../../src/env.ts";

/**
 * The Worker's bindings, with a list of what it asked of them: each statement of D1, each call of a bucket, an object or a
 * Queue. Two requests with the same list did the same work.
 */
export function recordingBindings(): { env: Env; asked: string[] } {
  const asked: string[] = [];
  const recorded = Object.entries(env)
    // Metrics are told behind whichever request comes next.
    .filter(([name, binding]) => name !== "METRICS_HUB" && typeof binding === "object" && binding !== null)
    .map(([name, binding]) => [name, recording(name, binding, asked)]);
  return { env: { ...env, ...Object.fromEntries(recorded) }, asked };
}

function recording(name: string, binding: object, asked: string[]): object {
  return new Proxy(binding, {
    get(target, property) {
      const member: unknown = Reflect.get(target, property);
      if (typeof member !== "function" || typeof property !== "string") return member;
      return (...values: unknown[]) => {
        // The text of a statement, but not the ids that go into it.
        asked.push(property === "prepare" ? `${name}: ${values[0]}` : `${name}.${property}`);
        return Reflect.apply(member, target, values);
      };
    },
  });
}
