import { env } from "cloudflare:workers";
import { AuditVerification } from "@reelway/shared/contracts/audit";
import { limits } from "@reelway/shared/limits";
import { defaultRegion } from "@reelway/shared/regions";
import { beforeAll, describe, expect, it } from "vitest";
import { auditOfSystem } from "../src/audit/audit-entry.ts";
import { chain } from "../src/audit/chain.ts";
import { writeExport } from "../src/audit/exports.ts";
import { sealAuditLog } from "../src/audit/seal-audit-log.ts";
import { bucketOf } from "../src/env.ts";
import { auditRowsAfter, recordAudit, sealBefore } from "../src/store/audit-log.ts";
import { api } from "./support/api.ts";
import { bootstrapped, newKey, newTenantKey, type TestKey } from "./support/tenants.ts";

let platform: TestKey;
let tenant: TestKey;

beforeAll(async () => {
  platform = await bootstrapped();
  tenant = await newTenantKey(platform, "one");
  // Some lines of different kinds.
  for (const role of ["admin", "operator", "member", "viewer"] as const) {
    const key = await newKey(tenant, { name: role, role });
    await api(`/keys/${key.id}`, { method: "DELETE", key: tenant.secret });
  }
});

const rowsNow = async () => Number(await env.DB.prepare("SELECT count(*) AS n FROM audit_log").first("n"));
const bucket = bucketOf(env, defaultRegion);

describe("the chain", () => {
  const verify = async () => {
    let after = 0;
    for (;;) {
      const response = await api(`/audit/verify?after=${after}`, { key: platform.secret });
      const answer = AuditVerification.parse(await response.json());
      if (!answer.more) return answer;
      after = answer.verifiedTo;
    }
  };
  /** As somebody with the database in hand would do it: the triggers are no obstacle to them. */
  async function tamper(sql: string, ...values: unknown[]): Promise<() => Promise<void>> {
    const triggers = await env.DB.prepare(
      "SELECT name, sql FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_log'",
    ).all<{ name: string; sql: string }>();
    const before = await rowsOf("audit_log");
    const sealsBefore = await rowsOf("audit_seals");
    const off = triggers.results.map(({ name }) => env.DB.prepare(`DROP TRIGGER ${name}`));
    const on = triggers.results.map((trigger) => env.DB.prepare(trigger.sql));
    await env.DB.batch([...off, env.DB.prepare(sql).bind(...values), ...on]);
    return async () => {
      const emptied = ["audit_log", "audit_seals"].map((table) => env.DB.prepare(`DELETE FROM ${table}`));
      await env.DB.batch([
        ...off,
        ...emptied,
        ...insertsOf("audit_log", before),
        ...insertsOf("audit_seals", sealsBefore),
        ...on,
      ]);
    };
  }
  const rowsOf = async (table: string) =>
    (await env.DB.prepare(`SELECT * FROM ${table}`).all<Record<string, unknown>>()).results;
  const insertsOf = (table: string, rows: readonly Record<string, unknown>[]) =>
    rows.map((row) => {
      const names = Object.keys(row);
      const text = `INSERT INTO ${table} (${names.join()}) VALUES (${names.map(() => "?").join()})`;
      return env.DB.prepare(text).bind(...names.map((name) => row[name]));
    });

  it("rows can be neither changed nor removed", async () => {
    for (const sql of [
      "UPDATE audit_log SET action = 'x'",
      "UPDATE audit_log SET detail = NULL WHERE sequence = 1",
      "DELETE FROM audit_log",
      "DELETE FROM audit_log WHERE sequence = 1",
    ])
      await expect(env.DB.prepare(sql).run()).rejects.toThrow(/append-only/);
  });

  it("covers every row once, in R2 too, however many sweeps run at once", async () => {
    const entry = auditOfSystem({ action: "job.move", tenantId: "ten_many" });
    for (let n = 0; n < 12; n++) await Promise.all(Array.from({ length: 50 }, () => recordAudit(env, entry)));
    await Promise.all(Array.from({ length: 5 }, () => sealAuditLog(env, Date.now())));
    await sealAuditLog(env, Date.now());
    const { results: seals } = await env.DB.prepare("SELECT * FROM audit_seals ORDER BY lastSequence").all<
      Record<string, number>
    >();
    expect(seals.length).toBeGreaterThan(1);
    let next = 1;
    for (const seal of seals) {
      expect([seal.firstSequence, (seal.rows ?? 0) <= limits.auditRowsPerSeal]).toEqual([next, true]);
      next = (seal.lastSequence ?? 0) + 1;
    }
    expect(next - 1).toBe(await rowsNow());
    expect(await verify()).toMatchObject({ intact: true, verifiedTo: next - 1 });

    const keys = (await bucket.list({ prefix: "audit/" })).objects.map(({ key }) => key);
    for (const seal of seals) expect(keys).toContain(seal.objectKey);
    const lines = (await (await bucket.get(String(seals[0]?.objectKey)))?.text())?.split("\n") ?? [];
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      sequence: 1,
      action: "installation.bootstrap",
      hash: expect.stringMatching(/^[0-9a-f]{64}$/),
    });
  });

  it("names the first row that was changed, removed or slipped in", async () => {
    await sealAuditLog(env, Date.now());
    const last = await rowsNow();
    const undoChange = await tamper(
      "UPDATE audit_log SET actorId = 'somebody else' WHERE sequence = 7 OR sequence = 9",
    );
    expect(await verify()).toMatchObject({
      intact: false,
      verifiedTo: 6,
      broken: { sequence: 7, reason: "row_changed" },
    });
    await undoChange();
    expect(await verify()).toMatchObject({ intact: true, verifiedTo: last });
    const undoRemoval = await tamper("DELETE FROM audit_log WHERE sequence = 5");
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence: 5, reason: "row_missing" } });
    await undoRemoval();
    // The last row of a seal, then one before them all.
    const undoEnd = await tamper("DELETE FROM audit_log WHERE sequence = ?", last);
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence: last, reason: "row_missing" } });
    await undoEnd();
    const undoAdded = await tamper(
      "INSERT INTO audit_log (sequence, tenantId, at, actorKind, action) VALUES (0, 't', 1, 'system', 'key.create')",
    );
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence: 0, reason: "row_added" } });
    await undoAdded();
  });

  it("tells a changed seal and a changed or missing export", async () => {
    const seal = await env.DB.prepare("SELECT * FROM audit_seals ORDER BY lastSequence LIMIT 1").first<{
      objectKey: string;
      hash: string;
      lastSequence: number;
    }>();
    if (!seal) throw new Error("no seal");
    const set = (hash: string) =>
      env.DB.prepare("UPDATE audit_seals SET hash = ? WHERE lastSequence = ?").bind(hash, seal.lastSequence).run();
    await set("0".repeat(64));
    expect(await verify()).toMatchObject({
      intact: false,
      broken: { sequence: seal.lastSequence, reason: "seal_changed" },
    });
    await set(seal.hash);
    const text = (await (await bucket.get(seal.objectKey))?.text()) ?? "";
    await bucket.put(seal.objectKey, text.replace('"actorKind":"anonymous"', '"actorKind":"system"'));
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence: 1, reason: "export_changed" } });
    await bucket.delete(seal.objectKey);
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence: 1, reason: "export_missing" } });
    await bucket.put(seal.objectKey, text);
    expect(await verify()).toMatchObject({ intact: true });
  });

  it("tells a row that was made something else than JSON", async () => {
    const { sequence } = (await rowsOf("audit_log")).find(({ detail }) => detail !== null) ?? {};
    const undo = await tamper("UPDATE audit_log SET detail = '{' WHERE sequence = ?", sequence);
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence, reason: "row_changed" } });
    await undo();
  });

  it("misses the end of the log, though its seals went with it", async () => {
    const seals = await rowsOf("audit_seals");
    const [kept, cut] = [seals.at(-2), seals.at(-1)];
    const undo = await tamper("DELETE FROM audit_log WHERE sequence > ?", kept?.lastSequence);
    await env.DB.prepare("DELETE FROM audit_seals WHERE lastSequence = ?").bind(cut?.lastSequence).run();
    const missing = { intact: false, broken: { sequence: cut?.firstSequence, reason: "row_missing" } };
    expect(await verify()).toMatchObject(missing);
    // Also when the log has grown again since, under the numbers that were in use.
    await env.DB.prepare("UPDATE sqlite_sequence SET seq = ? WHERE name = 'audit_log'").bind(kept?.lastSequence).run();
    for (let n = 0; n < 3; n++) await recordAudit(env, auditOfSystem({ action: "job.move", tenantId: "ten_forged" }));
    await sealAuditLog(env, Date.now());
    const forged = (await rowsOf("audit_seals")).at(-1);
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence: cut?.firstSequence } });
    await bucket.delete(String(forged?.objectKey));
    await undo();
    expect(await verify()).toMatchObject({ intact: true });
  });

  it("holds over a sweep that ended between its export and its seal", async () => {
    const entry = auditOfSystem({ action: "job.move", tenantId: "ten_crash" });
    await recordAudit(env, entry);
    const last = await sealBefore(env, Number.MAX_SAFE_INTEGER);
    if (!last) throw new Error("no seal");
    const [first, ...others] = await chain(await auditRowsAfter(env, last.lastSequence, 10), last.hash);
    if (!first) throw new Error("no row");
    const orphan = await writeExport(env, [first, ...others]);
    expect(await verify()).toMatchObject({ intact: true, verifiedTo: last.lastSequence });
    await recordAudit(env, entry);
    await sealAuditLog(env, Date.now());
    const answer = await verify();
    expect([answer.intact, answer.verifiedTo > last.lastSequence]).toEqual([true, true]);
    expect(await bucket.head(orphan)).not.toBeNull();
  });

  it("is looked at by the platform's admins alone", async () => {
    const operator = await newKey(platform, { name: "o", role: "operator" });
    for (const { secret } of [tenant, operator]) expect((await api("/audit/verify", { key: secret })).status).toBe(403);
  });

  it("misses a row that was taken out before it was sealed", async () => {
    await sealAuditLog(env, Date.now());
    const entry = auditOfSystem({ action: "job.move", tenantId: "ten_quick" });
    for (let n = 0; n < 3; n++) await recordAudit(env, entry);
    const taken = Number((await rowsOf("audit_log")).at(-2)?.sequence);
    await tamper("DELETE FROM audit_log WHERE sequence = ?", taken);
    await sealAuditLog(env, Date.now());
    expect(await verify()).toMatchObject({ intact: false, broken: { sequence: taken, reason: "row_missing" } });
  });
});
