import { expect, test } from "vitest";
import { keepsLess, type TenantFields, tenantChanges } from "./tenant-changes.ts";

const before: TenantFields = {
  name: "Films",
  allowedRegions: ["weur", "apac"],
  sourceRetentionDays: null,
  outputRetentionDays: 30,
  maxRunning: 4,
  budget: { jobsPerDay: 5, workMinutesPerDay: null, bytesPerDay: null },
};

test("only what the form says otherwise is changed", () => {
  expect(tenantChanges(before, { ...before, allowedRegions: ["apac", "weur"] })).toEqual({});
  expect(tenantChanges(before, { ...before, name: "Serials" })).toEqual({ name: "Serials" });
  expect(tenantChanges(before, { ...before, allowedRegions: ["weur"] })).toEqual({ allowedRegions: ["weur"] });
  expect(tenantChanges(before, { ...before, allowedRegions: null })).toEqual({ allowedRegions: null });
  expect(tenantChanges(before, { ...before, sourceRetentionDays: 7, outputRetentionDays: null })).toEqual({
    sourceRetentionDays: 7,
    outputRetentionDays: null,
  });
  expect(tenantChanges(before, { ...before, maxRunning: null })).toEqual({ maxRunning: null });
  const budget = { ...before.budget, bytesPerDay: 0 };
  expect(tenantChanges(before, { ...before, budget: { ...before.budget } })).toEqual({});
  expect(tenantChanges(before, { ...before, budget })).toEqual({ budget: { bytesPerDay: 0 } });
});

test("an end where there was none, and an earlier one, keep less", () => {
  expect(keepsLess(before, { ...before, sourceRetentionDays: 36_500 })).toBe(true);
  expect(keepsLess(before, { ...before, outputRetentionDays: 29 })).toBe(true);
});

test("as long as before, longer, and for ever do not", () => {
  for (const outputRetentionDays of [30, 31, null])
    expect(keepsLess(before, { ...before, outputRetentionDays }), String(outputRetentionDays)).toBe(false);
});
