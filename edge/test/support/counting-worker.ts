import { createApp } from "../../src/app.ts";
import type { Env } from "../../src/env.ts";
import { JobChannel as PlainJobChannel } from "../../src/objects/job-channel.ts";
import { MetricsHub as PlainMetricsHub } from "../../src/objects/metrics-hub.ts";
import { RegionQueue as PlainRegionQueue } from "../../src/objects/region-queue.ts";
import { handleQueue } from "../../src/queues/consumer.ts";
import { handleScheduled } from "../../src/queues/sweep.ts";

/** The Worker with every operation that Cloudflare bills counted; `GET /__counts` tells them. For `make cost` alone. */
const counts: Record<string, number> = {};

function count(name: string, by = 1): void {
  counts[name] = (counts[name] ?? 0) + by;
}

/** A binding whose calls of these methods are seen before they are made, with what they answered. */
function watched<Target extends object>(
  target: Target,
  onCall: (method: string, values: unknown[], answer: unknown) => unknown,
  before: (values: unknown[]) => unknown[] = (values) => values,
): Target {
  return new Proxy(target, {
    get(inner, name) {
      const member: unknown = Reflect.get(inner, name, inner);
      if (typeof member !== "function" || typeof name !== "string") return member;
      return (...values: unknown[]) => onCall(name, values, Reflect.apply(member, inner, before(values)));
    },
  });
}

const classA = ["put", "list", "createMultipartUpload"];

function countRows<Result>(result: Result): Result {
  for (const one of Array.isArray(result) ? result : [result]) {
    const meta: unknown = typeof one === "object" && one !== null && "meta" in one ? one.meta : undefined;
    if (typeof meta !== "object" || meta === null) continue;
    if ("rows_read" in meta) count("d1 rows read", Number(meta.rows_read));
    if ("rows_written" in meta) count("d1 rows written", Number(meta.rows_written));
  }
  return result;
}

const plainStatements = new WeakMap<object, unknown>();

function countedStatement(statement: object): object {
  const made = watched(statement, (method, _, answer) => {
    if (method === "bind" && typeof answer === "object" && answer !== null) return countedStatement(answer);
    // `raw` and `first` tell no rows: reads of theirs are left out, which cost next to nothing.
    return answer instanceof Promise ? answer.then(countRows) : answer;
  });
  plainStatements.set(made, statement);
  return made;
}

/** A batch takes only statements that D1 made itself. */
function countedDatabase(database: object): object {
  return watched(
    database,
    (method, _, answer) => {
      if (method === "prepare" && typeof answer === "object" && answer !== null) return countedStatement(answer);
      return method === "batch" && answer instanceof Promise ? answer.then(countRows) : answer;
    },
    (values) =>
      values.map((value) =>
        Array.isArray(value) ? value.map((statement: object) => plainStatements.get(statement) ?? statement) : value,
      ),
  );
}

const environments = new WeakMap<Env, Env>();

function counted(env: Env): Env {
  const known = environments.get(env);
  if (known) return known;
  const wrapped = Object.fromEntries(
    Object.entries(env).map(([name, binding]) => [name, countedBinding(name, binding)]),
  );
  const made: Env = { ...env, ...wrapped };
  environments.set(env, made);
  return made;
}

function countedBinding(name: string, binding: unknown): unknown {
  if (typeof binding !== "object" || binding === null) return binding;
  if (name === "DB") return countedDatabase(binding);
  if (name.startsWith("BUCKET_"))
    return watched(binding, (method, _, answer) => {
      if (method !== "delete") count(classA.includes(method) ? "r2 class A" : "r2 class B");
      return answer;
    });
  if ("sendBatch" in binding)
    return watched(binding, (method, values, answer) => {
      const [messages] = values;
      count("queue messages", method === "sendBatch" && Array.isArray(messages) ? messages.length : 1);
      return answer;
    });
  if ("idFromName" in binding)
    return watched(binding, (method, _, stub) => {
      if (!method.startsWith("get") || typeof stub !== "object" || stub === null) return stub;
      return watched(stub, (_method, _values, answer) => {
        count("object requests");
        return answer;
      });
    });
  return binding;
}

/** Rows are counted where they are written: each object's own SQLite. */
function countSql(context: DurableObjectState): DurableObjectState {
  const { sql } = context.storage;
  const exec = sql.exec.bind(sql);
  Object.defineProperty(sql, "exec", {
    value: (query: string, ...values: unknown[]) => {
      const cursor = exec(query, ...values);
      count("object rows written", cursor.rowsWritten);
      return cursor;
    },
  });
  const { kv, setAlarm } = context.storage;
  const put = kv.put.bind(kv);
  Object.defineProperty(kv, "put", {
    value: (key: string, value: unknown) => {
      put(key, value);
      count("object rows written");
    },
  });
  Object.defineProperty(context.storage, "setAlarm", {
    value: (...values: Parameters<typeof setAlarm>) => {
      count("object rows written");
      return Reflect.apply(setAlarm, context.storage, values);
    },
  });
  return context;
}

export class RegionQueue extends PlainRegionQueue {
  constructor(context: DurableObjectState, env: Env) {
    super(countSql(context), env);
  }

  override async alarm(): Promise<void> {
    count("object requests");
    await super.alarm();
  }
}

export class JobChannel extends PlainJobChannel {
  constructor(context: DurableObjectState, env: Env) {
    super(countSql(context), env);
  }
}

export class MetricsHub extends PlainMetricsHub {
  constructor(context: DurableObjectState, env: Env) {
    super(countSql(context), env);
  }
}

const app = createApp();

export default {
  fetch(request, env, context) {
    if (new URL(request.url).pathname === "/__counts") return Response.json(counts);
    count("worker requests");
    return app.fetch(request, counted(env), context);
  },
  async queue(batch, env, context) {
    await handleQueue(batch, counted(env), context);
  },
  async scheduled(_, env) {
    await handleScheduled(counted(env));
  },
} satisfies ExportedHandler<Env>;
