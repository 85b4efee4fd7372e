import { createRoute, z } from "@hono/zod-openapi";
import type { AuditAction } from "@reelway/shared/contracts/audit";
import {
  DeadLetter,
  DeadLetterDetail,
  DeadLetterOutcomes,
  DeadLetterSelection,
  DeadLettersQuery,
} from "@reelway/shared/contracts/dead-letter";
import { page } from "@reelway/shared/contracts/page";
import { JobId } from "@reelway/shared/ids";
import type { Context } from "hono";
import { auditOf } from "../audit/audit-entry.ts";
import { discardDeadLetters } from "../dead-letters/discard-dead-letters.ts";
import { onlyOutcome } from "../dead-letters/outcomes.ts";
import { presentDeadLetter } from "../dead-letters/present.ts";
import { replayDeadLetters } from "../dead-letters/replay-dead-letters.ts";
import { deadLetterScope } from "../dead-letters/scope.ts";
import { type SelectedDeadLetters, selectDeadLetters } from "../dead-letters/select-dead-letters.ts";
import { showDeadLetter } from "../dead-letters/show-dead-letter.ts";
import { dispatchJob } from "../dispatch/dispatch.ts";
import type { AppEnv } from "../http/app-env.ts";
import { decodeCursor, pageOf } from "../http/cursor.ts";
import { jsonBody, jsonResponse, problems } from "../http/responses.ts";
import { newRouter, type Router } from "../http/router.ts";
import { callerOf, needs } from "../middleware/authenticate.ts";
import { listDeadLetters, sourceNamesOf } from "../store/dead-letters.ts";
import type { JobRow } from "../store/rows.ts";

const params = z.object({ id: JobId });
const canRead = { tags: ["dead letters"], ...needs("dead-letters:read") };
const canWrite = { tags: ["dead letters"], ...needs("dead-letters:write") };
const whyNot = problems(
  "illegal_move",
  "region_unavailable",
  "asset_not_ready",
  "asset_failed",
  "invalid_request",
  "budget_exhausted",
);

const list = createRoute({
  ...canRead,
  method: "get",
  path: "/dead-letters",
  summary: "List failed jobs, newest first",
  request: { query: DeadLettersQuery },
  responses: { 200: jsonResponse(page(DeadLetter), "A page of failed jobs") },
});

const show = createRoute({
  ...canRead,
  method: "get",
  path: "/dead-letters/{id}",
  summary: "A failed job with its attempts and their logs",
  request: { params },
  responses: { 200: jsonResponse(DeadLetterDetail, "The failed job") },
});

const replay = createRoute({
  ...canWrite,
  ...whyNot,
  method: "post",
  path: "/dead-letters/{id}/replay",
  summary: "Run a failed job again",
  request: { params },
  responses: { 200: jsonResponse(DeadLetterOutcomes, "It is queued for its next run") },
});

const replayMany = createRoute({
  ...canWrite,
  method: "post",
  path: "/dead-letters/replay",
  summary: "Run many failed jobs again, by id or by filter",
  request: { body: jsonBody(DeadLetterSelection) },
  responses: {
    200: jsonResponse(DeadLetterOutcomes, "What became of each; some may be refused"),
  },
});

const discard = createRoute({
  ...canWrite,
  method: "post",
  path: "/dead-letters/{id}/discard",
  summary: "Take a failed job off the list; it is not deleted",
  request: { params },
  responses: { 200: jsonResponse(DeadLetterOutcomes, "It is off the list") },
});

const discardMany = createRoute({
  ...canWrite,
  method: "post",
  path: "/dead-letters/discard",
  summary: "Take many failed jobs off the list, by id or by filter",
  request: { body: jsonBody(DeadLetterSelection) },
  responses: { 200: jsonResponse(DeadLetterOutcomes, "What became of each") },
});

export function deadLettersRoutes(): Router {
  const router = newRouter();

  router.openapi(list, async (c) => {
    const { cursor, limit, tenantId: named, discarded, ...rest } = c.req.valid("query");
    const caller = callerOf(c);
    const tenantId = deadLetterScope(caller, named);
    const filters = { ...rest, discarded: discarded === "true" };
    const scope = { list: "dead-letters", tenantId: caller.tenantId, filters: { ...filters, named } };
    const after = await decodeCursor(c.get("settings"), scope, cursor);
    const rows = await listDeadLetters(c.env, tenantId, filters, after, limit + 1);
    const names = await sourceNamesOf(c.env, rows);
    const present = (row: JobRow) => presentDeadLetter(row, names.get(row.assetId) ?? null);
    return c.json(await pageOf(c.get("settings"), scope, rows, limit, present), 200);
  });

  router.openapi(show, async (c) => {
    const tenantId = deadLetterScope(callerOf(c), undefined);
    return c.json(await showDeadLetter(c.env, tenantId, c.req.valid("param").id, c.get("log")), 200);
  });

  router.openapi(replayMany, async (c) => {
    const selected = await selectDeadLetters(c.env, callerOf(c), c.req.valid("json"));
    return c.json(await replaySelected(c, selected), 200);
  });

  router.openapi(replay, async (c) => {
    const outcomes = await replaySelected(c, await selectOne(c, c.req.valid("param").id));
    onlyOutcome(outcomes);
    return c.json(outcomes, 200);
  });

  router.openapi(discardMany, async (c) => {
    const selected = await selectDeadLetters(c.env, callerOf(c), c.req.valid("json"));
    return c.json(await discardDeadLetters(c.env, selected, Date.now(), auditIn(c, "dead_letter.discard")), 200);
  });

  router.openapi(discard, async (c) => {
    const selected = await selectOne(c, c.req.valid("param").id);
    const outcomes = await discardDeadLetters(c.env, selected, Date.now(), auditIn(c, "dead_letter.discard"));
    onlyOutcome(outcomes);
    return c.json(outcomes, 200);
  });

  return router;
}

function selectOne(c: Context<AppEnv>, id: string): Promise<SelectedDeadLetters> {
  return selectDeadLetters(c.env, callerOf(c), { ids: [id], limit: 1 });
}

async function replaySelected(c: Context<AppEnv>, selected: SelectedDeadLetters): Promise<DeadLetterOutcomes> {
  const audit = auditIn(c, "dead_letter.replay");
  const { outcomes, dispatch } = await replayDeadLetters(c.env, selected, Date.now(), audit);
  for (const { job } of dispatch) c.get("log").info("dead letter replayed", { jobId: job.id, run: job.run });
  // The fast way to the queues, behind the answer; the outbox rows are the sure one.
  c.executionCtx.waitUntil(Promise.all(dispatch.map((entry) => dispatchJob(c.env, entry))));
  return outcomes;
}

/** In the log of whose job it is, whoever does it. */
function auditIn(c: Context<AppEnv>, action: AuditAction) {
  return ({ id, tenantId, run }: JobRow) => auditOf(c, { action, resource: id, tenantId, detail: { run } });
}
