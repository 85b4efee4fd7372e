import { env } from "cloudflare:workers";
import { newId } from "@reelway/shared/ids";
import { eq, sql } from "drizzle-orm";
import { expect, test } from "vitest";
import { databaseOf } from "../src/store/database.ts";
import { insertRows } from "../src/store/insert-rows.ts";
import { insertWhere } from "../src/store/insert-where.ts";
import { tenants } from "../src/store/schema.ts";
import { selectRow } from "../src/store/select-row.ts";

const database = databaseOf(env);
const row = () => ({ id: newId("ten"), name: "brief", createdAt: 7 });
const stored = (id: string) => database.select().from(tenants).where(eq(tenants.id, id));
const rest = {
  ...{ platform: false, allowedRegions: null, sourceRetentionDays: null, outputRetentionDays: null },
  ...{ maxRunning: null, maxRunningSetAt: null, maxRunningUntold: false },
  ...{ budgetJobs: null, budgetWorkMinutes: null, budgetBytes: null },
};

test("a row that leaves columns out has their defaults, by whichever way it is stored", async () => {
  const [one, many, computed] = [row(), row(), row()];
  await insertWhere(database, tenants, one, sql`true`);
  await insertRows(database, tenants, [many]);
  const columns = { id: sql`${computed.id}`, name: sql`name`, createdAt: sql`createdAt` };
  await database.insert(tenants).select(selectRow(tenants, columns, sql`FROM tenants WHERE id = ${one.id}`));
  for (const made of [one, many, computed]) expect(await stored(made.id)).toEqual([{ ...made, ...rest }]);
});
