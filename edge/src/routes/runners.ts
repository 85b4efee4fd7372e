import { createRoute, z } from "@hono/zod-openapi";
import { page } from "@reelway/shared/contracts/page";
import { Runner, RunnerChanges, RunnersQuery, RunnerTasks } from "@reelway/shared/contracts/runner";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";
import { RunnerId } from "@reelway/shared/ids";
import type { Context } from "hono";
import { auditOf } from "../audit/audit-entry.ts";
import type { AppEnv } from "../http/app-env.ts";
import { decodeCursor, encodeCursor } from "../http/cursor.ts";
import { jsonBody, jsonResponse } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { drainRunner, revokeRunner, updateRunner, withStanding } from "../runners/fleet.ts";
import { tasksOfRunner } from "../runners/tasks-of-runner.ts";
import { findRunnerRow, listRunnerRows } from "../store/runners.ts";

const list = createRoute({
  method: "get",
  path: "/runners",
  tags: ["runners"],
  summary: "List runners, newest first",
  ...needs("runners:read"),
  request: { query: RunnersQuery },
  responses: { 200: jsonResponse(page(Runner), "A page of runners") },
});

const get = createRoute({
  method: "get",
  path: "/runners/{id}",
  tags: ["runners"],
  summary: "One runner",
  ...needs("runners:read"),
  request: { params: z.object({ id: RunnerId }) },
  responses: { 200: jsonResponse(Runner, "The runner") },
});

const tasks = createRoute({
  method: "get",
  path: "/runners/{id}/tasks",
  tags: ["runners"],
  summary: "What a runner works on, and which of its attempts failed last",
  ...needs("runners:read"),
  request: { params: z.object({ id: RunnerId }) },
  responses: { 200: jsonResponse(RunnerTasks, "Its tasks") },
});

const revoke = createRoute({
  method: "delete",
  path: "/runners/{id}",
  tags: ["runners"],
  summary: "Revoke a runner: it gets no work from now on, and its tasks go to others at once",
  ...needs("runners:write"),
  request: { params: z.object({ id: RunnerId }) },
  responses: { 204: { description: "The runner is revoked" } },
});

const update = createRoute({
  method: "patch",
  path: "/runners/{id}",
  tags: ["runners"],
  summary:
    "Rename a runner, give it other labels, or set how many tasks it works on at once; it is told within 30 seconds",
  ...needs("runners:write"),
  request: { params: z.object({ id: RunnerId }), body: jsonBody(RunnerChanges) },
  responses: { 200: jsonResponse(Runner, "The runner") },
});

const drain = createRoute({
  method: "post",
  path: "/runners/{id}/drain",
  tags: ["runners"],
  summary: "Have a runner end what it works on and take nothing new; it is told within 30 seconds",
  ...needs("runners:write"),
  request: { params: z.object({ id: RunnerId }) },
  responses: { 200: jsonResponse(Runner, "The runner") },
});

const resume = createRoute({
  method: "post",
  path: "/runners/{id}/resume",
  tags: ["runners"],
  summary: "Let a drained runner take work again",
  ...needs("runners:write"),
  request: { params: z.object({ id: RunnerId }) },
  responses: { 200: jsonResponse(Runner, "The runner") },
});

export function runnersRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const { cursor, limit, ...filters } = c.req.valid("query");
    const settings = c.get("settings");
    const scope = { list: "runners", tenantId: callerOf(c).tenantId, filters };
    const after = await decodeCursor(settings, scope, cursor);
    const rows = await listRunnerRows(c.env, filters, after, limit + 1);
    const shown = rows.slice(0, limit);
    const last = shown.at(-1);
    const nextCursor = rows.length > limit && last ? await encodeCursor(settings, scope, last.id) : null;
    const items = [...(await withStanding(c.env, settings, callerOf(c), shown, Date.now())).values()];
    return c.json({ items, nextCursor }, 200);
  });

  router.openapi(get, async (c) => {
    return c.json(await readRunner(c, c.req.valid("param").id), 200);
  });

  router.openapi(tasks, async (c) => {
    const { id } = c.req.valid("param");
    return c.json(await tasksOfRunner(c.env, c.get("settings"), callerOf(c), id, Date.now()), 200);
  });

  router.openapi(revoke, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "runner.revoke", resource: id });
    await revokeRunner(c.env, c.get("settings"), id, Date.now(), audit);
    c.get("log").info("runner revoked", { runnerId: id });
    return c.body(null, 204);
  });

  router.openapi(update, async (c) => {
    const { id } = c.req.valid("param");
    const changes = c.req.valid("json");
    const audit = auditOf(c, { action: "runner.update", resource: id, detail: changes });
    await updateRunner(c.env, id, changes, audit);
    c.get("log").info("runner changed", { runnerId: id, fields: Object.keys(changes) });
    return c.json(await readRunner(c, id), 200);
  });

  router.openapi(drain, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "runner.drain", resource: id });
    await drainRunner(c.env, { id, drained: true, now: Date.now(), audit });
    c.get("log").info("runner drained", { runnerId: id });
    return c.json(await readRunner(c, id), 200);
  });

  router.openapi(resume, async (c) => {
    const { id } = c.req.valid("param");
    const audit = auditOf(c, { action: "runner.resume", resource: id });
    await drainRunner(c.env, { id, drained: false, now: Date.now(), audit });
    c.get("log").info("runner resumed", { runnerId: id });
    return c.json(await readRunner(c, id), 200);
  });

  return router;
}

async function readRunner(c: Context<AppEnv>, id: string): Promise<Runner> {
  const row = await findRunnerRow(c.env, id);
  const runner = row && (await withStanding(c.env, c.get("settings"), callerOf(c), [row], Date.now())).get(row.id);
  if (!runner) throw new ReelwayError("not_found");
  return runner;
}
