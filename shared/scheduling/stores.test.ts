import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { folderOfFile } from "../testing/temporary-folder.ts";
import { MemoryStore } from "./memory-store.ts";
import type { SqlDriver, SqlRow, SqlValue } from "./sql-driver.ts";
import { migrations } from "./sql-schema.ts";
import { SqlStore } from "./sql-store.ts";
import { queueStoreConformance } from "./testing/conformance.ts";
import { NodeSqlDriver } from "./testing/node-sql-driver.ts";
import { QueueDriver } from "./testing/queue-driver.ts";

const directory = folderOfFile("queue");
let files = 0;
const newFile = () => join(directory, `${files++}.sqlite`);

queueStoreConformance("memory", async (body) => body(new MemoryStore(), null));
queueStoreConformance("node:sqlite", async (body) => {
  const path = newFile();
  let driver = new NodeSqlDriver(path);
  body(new SqlStore(driver), () => {
    driver.close();
    driver = new NodeSqlDriver(path);
    return new SqlStore(driver);
  });
  driver.close();
});

describe("SqlStore", () => {
  it("keeps what was committed, and only that, when the process dies inside a transaction", () => {
    const path = newFile();
    const driver = new NodeSqlDriver(path);
    const q = new QueueDriver(new SqlStore(driver));
    q.enqueue("kept");
    driver.exec("BEGIN");
    q.enqueue("lost");
    q.mustLease();
    driver.close();
    const again = new QueueDriver(new SqlStore(new NodeSqlDriver(path)));
    expect(again.store.job("lost")).toBeUndefined();
    expect(again.mustLease()).toMatchObject({ jobId: "kept", epoch: 1 });
  });

  it("migrates once: a second start changes nothing", () => {
    const driver = new NodeSqlDriver(":memory:");
    const store = new SqlStore(driver);
    const tables = () => driver.exec("SELECT name, sql FROM sqlite_schema ORDER BY name");
    const before = tables();
    new QueueDriver(store).enqueue("j");
    expect(new SqlStore(driver).job("j")?.state).toBe("active");
    expect(tables()).toEqual(before);
    expect(driver.exec("SELECT version FROM queue_schema")).toEqual([{ version: 6 }]);
  });

  it("takes over the rows of the version before breakers", () => {
    const driver = new NodeSqlDriver(":memory:");
    for (const statement of migrations[0] ?? []) driver.exec(statement);
    driver.exec("CREATE TABLE queue_schema (version INTEGER NOT NULL)");
    driver.exec("INSERT INTO queue_schema (version) VALUES (1)");
    driver.exec(
      `INSERT INTO tasks VALUES ('t-old', 'old', 'ten', 'ready', '', 0, 0, 0, 9000000, 9000000, 0, 3, 0, NULL, NULL, NULL,
        0, '{}', NULL, '[]')`,
    );
    driver.exec("INSERT INTO jobs VALUES ('old', 'ten', 1, 'active', 1, 0, NULL, 0)");
    const q = new QueueDriver(new SqlStore(driver));
    q.enqueue("new", { recipe: "x@1" });
    const [first, second] = [q.mustLease(), q.mustLease()];
    expect([first, second].map(({ jobId, recipe }) => [jobId, recipe])).toEqual([
      ["old", ""],
      ["new", "x@1"],
    ]);
    expect(q.fail(first)).toBe("retrying");
    expect(q.complete(second)).toBe("completed");
  });

  it("takes over the rows of the version before graphs", () => {
    const driver = new NodeSqlDriver(":memory:");
    for (const statement of migrations.slice(0, 2).flat()) driver.exec(statement);
    driver.exec("CREATE TABLE queue_schema (version INTEGER NOT NULL)");
    driver.exec("INSERT INTO queue_schema (version) VALUES (2)");
    for (const [id, state] of [
      ["a", "ready"],
      ["b", "leased"],
    ] as const)
      driver.exec(
        `INSERT INTO tasks (task_id, job_id, tenant_id, state, needs, rank, priority, ready_at, queue_deadline_at, due_at,
          attempt, max_retries, epoch, runner_id, leased_at, lease_expires_at, outage_renewed, payload, attempts, recipe)
        VALUES ('${id}', 'old', 'ten', '${state}', '', 0, 0, 0, 9000000, 9000000, 1, 3, 1, 'r1', 5, 9000000, 0, '{}',
          '[]', 'x@1')`,
      );
    driver.exec("UPDATE tasks SET attempt = 0, runner_id = NULL, leased_at = NULL WHERE state = 'ready'");
    driver.exec("INSERT INTO jobs VALUES ('old', 'ten', 1, 'active', 2, 1, NULL, 1)");
    driver.exec("INSERT INTO tenants VALUES ('ten', 1, 1)");
    driver.exec("INSERT INTO events VALUES (1, 5, 'job.started', 'old', 'ten', 1, 1, 'r1', NULL, NULL)");
    const q = new QueueDriver(new SqlStore(driver));
    const none = { part: "", order: 0, unblocks: null, waits: 0, result: null };
    expect(q.store.tasksOfJob("old")).toMatchObject([none, none]);
    expect(q.store.events(0, 1)).toMatchObject([{ type: "job.started", taskId: null, part: null }]);
    const [other] = q.store.leasesOf("r1");
    if (!other) throw new Error("the lease is gone");
    q.complete({ ...other, runnerId: "r1" });
    q.complete(q.mustLease());
    expect(q.store.job("old")).toMatchObject({ state: "succeeded", openTasks: 0, doneTasks: 2 });
    expect(q.eventTypes()).toEqual(["job.started", "job.succeeded"]);
  });

  it("has what waited before runners held back wait since it became ready", () => {
    const driver = new NodeSqlDriver(":memory:");
    for (const statement of migrations.slice(0, 5).flat()) driver.exec(statement);
    driver.exec("CREATE TABLE queue_schema (version INTEGER NOT NULL)");
    driver.exec("INSERT INTO queue_schema (version) VALUES (5)");
    driver.exec(
      `INSERT INTO tasks (task_id, job_id, tenant_id, state, needs, rank, priority, ready_at, queue_deadline_at, due_at,
        attempt, max_retries, epoch, outage_renewed, payload, attempts)
      VALUES ('t-old', 'old', 'ten', 'ready', '', 0, 0, 900000, 9000000, 9000000, 0, 3, 0, 0, '{}', '[]')`,
    );
    driver.exec(
      "INSERT INTO jobs (job_id, tenant_id, run, state, open_tasks, running, last_event_sequence) VALUES ('old', 'ten', 1, 'active', 1, 0, 0)",
    );
    const q = new QueueDriver(new SqlStore(driver));
    expect(q.store.task("t-old")?.waitsSince).toBe(900_000);
    expect(q.lease("dear", { holdBackMs: q.now - 900_000 + 1 })).toBeNull();
    expect(q.mustLease("dear", { holdBackMs: q.now - 900_000 }).jobId).toBe("old");
  });

  it("answers the reads of every command from an index, never by scanning tasks, jobs or events", () => {
    const driver = new ExplainingDriver(":memory:");
    const q = new QueueDriver(new SqlStore(driver));
    driver.plans.length = 0;
    for (const job of ["1", "2", "3"]) q.enqueue(job);
    q.beat(q.mustLease());
    q.complete(q.mustLease());
    q.cancel("1");
    q.fail(q.mustLease());
    q.run({ type: "resetBreaker", key: "tenant:ten" });
    q.store.readyBefore({ needs: "", tenantId: "ten", recipe: "" }, { rank: 0, taskId: "t" }, 10);
    q.store.latestEnded(10);
    const part = (taskId: string) => ({ taskId, needs: [], payload: "{}", part: taskId });
    q.enqueue("film", { tasks: [{ ...part("plan"), unblocks: "end" }, part("end")] });
    q.complete(
      q.mustLease(),
      ["a", "b"].map((id) => ({ ...part(id), unblocks: "end" })),
    );
    q.complete(q.mustLease());
    const chunks = ["c", "d"].map((id) => ({ ...part(id), hedgeable: true }));
    q.enqueue("hedged", { tasks: chunks });
    q.complete(q.mustLease());
    const slow = q.mustLease();
    q.pass(q.settings.hedging.minMs);
    q.lease("r2", { hedging: true });
    q.fail(slow);
    q.store.nextDeadline(q.now);
    q.store.dueTasksOf("film");
    q.store.counts();
    q.tickAtDeadline();
    q.acknowledge();
    expect(driver.plans.length).toBeGreaterThan(50);
    const scans = driver.plans.filter((plan) => /^SCAN (tasks|jobs|events)/.test(plan) && !plan.includes("USING"));
    expect(scans).toEqual([]);
    expect(driver.plans.filter((plan) => plan.includes("TEMP B-TREE"))).toEqual([]);
  });

  it("leases and completes one part of a thousand by as many statements as one of ten", () => {
    const statements = (parts: number) => {
      const driver = new CountingDriver(":memory:");
      const q = new QueueDriver(new SqlStore(driver));
      const part = (taskId: string) => ({ taskId, needs: [], payload: "{}", part: taskId });
      const chunk = (index: number) => ({ ...part(`part-${index}`), order: index, unblocks: "end" });
      q.enqueue("film", { tasks: [{ ...part("plan"), unblocks: "end" }, part("end")] });
      const plan = q.mustLease();
      const added = Array.from({ length: parts }, (_, index) => chunk(index));
      const adding = driver.counted(() => q.complete(plan, added));
      q.complete(q.mustLease());
      q.pass(1);
      const leasing = driver.counted(() => q.mustLease());
      const [held] = q.store.leasesOf("r1");
      if (!held) throw new Error("nothing is leased");
      const completing = driver.counted(() => q.complete({ ...held, runnerId: "r1" }));
      const [failed] = [q.mustLease()];
      const failing = driver.counted(() => q.fail(failed));
      return { adding: adding / parts, leasing, completing, failing };
    };
    const [few, many] = [statements(10), statements(1_000)];
    expect(many).toMatchObject({ leasing: few.leasing, completing: few.completing, failing: few.failing });
    expect(many.leasing).toBeLessThanOrEqual(16);
    expect(many.completing).toBeLessThanOrEqual(15);
    // One look whether the id is taken, and the row.
    expect(many.adding).toBeLessThan(2.1);
  });

  it("costs who leaves empty-handed one statement to look for a hedge, and jobs without hedging none", () => {
    const driver = new CountingDriver(":memory:");
    const q = new QueueDriver(new SqlStore(driver));
    const part = (taskId: string, hedgeable: boolean) => ({
      taskId,
      needs: [],
      payload: "{}",
      part: taskId,
      hedgeable,
    });
    const empty = (hedging: boolean) => driver.counted(() => expect(q.lease("r2", { hedging })).toBeNull());
    empty(false);
    expect(empty(true) - empty(false)).toBe(1);
    const statements = (film: string, hedgeable: boolean) => {
      q.enqueue(film, { tasks: ["a", "b", "c"].map((id) => part(`${film}-${id}`, hedgeable)) });
      const first = q.mustLease();
      const completing = driver.counted(() => q.complete(first));
      const leasing = driver.counted(() => q.lease("r1", { hedging: true }));
      return { completing, leasing };
    };
    const [plain, hedged] = [statements("plain", false), statements("hedged", true)];
    // What is leased longest, and of the lease the job, which has a task to hedge now.
    expect(hedged).toEqual({ completing: plain.completing + 1, leasing: plain.leasing + 3 });
  });

  it("refuses a row whose column has the wrong type", () => {
    const driver = new NodeSqlDriver(":memory:");
    const store = new SqlStore(driver);
    new QueueDriver(store).enqueue("j");
    driver.exec("UPDATE tasks SET state = 'asleep'");
    expect(() => store.task("t-j")).toThrow("column state");
  });
});

/** Counts statements. */
class CountingDriver extends NodeSqlDriver {
  #statements = 0;

  override exec(statement: string, ...parameters: readonly SqlValue[]): SqlRow[] {
    this.#statements += 1;
    return super.exec(statement, ...parameters);
  }

  counted(work: () => unknown): number {
    const before = this.#statements;
    work();
    return this.#statements - before;
  }
}

/** Writes down how SQLite would go about each statement. */
class ExplainingDriver implements SqlDriver {
  readonly plans: string[] = [];
  readonly #driver: NodeSqlDriver;

  constructor(path: string) {
    this.#driver = new NodeSqlDriver(path);
  }

  exec(statement: string, ...parameters: readonly SqlValue[]): SqlRow[] {
    if (/^\s*(SELECT|WITH|DELETE|UPDATE)/.test(statement))
      for (const row of this.#driver.exec(`EXPLAIN QUERY PLAN ${statement}`, ...parameters))
        this.plans.push(String(row.detail));
    return this.#driver.exec(statement, ...parameters);
  }

  transaction<T>(body: () => T): T {
    return this.#driver.transaction(body);
  }
}
