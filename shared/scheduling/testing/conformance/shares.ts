import { expect } from "vitest";
import type { TenantRecord } from "../../records.ts";
import type { StoreTest } from "./store-test.ts";

/** Which tenants may have only so much at once. */
export function shares(test: StoreTest): void {
  const tenant = (tenantId: string, maxRunning: number | null): TenantRecord => {
    return { tenantId, activeLeases: 1, lastLeaseOrder: 1, share: { maxRunning, setAt: 5 } };
  };

  test("are known of tenants with a limit and leases, by id, and no longer when either goes", (store) => {
    const [free, low, high] = [tenant("ten1", null), tenant("ten2", 1), tenant("ten3", 9)];
    store.apply([high, free, low].map((each) => ({ op: "putTenant", tenant: each })));
    expect(store.limitedTenants()).toEqual([low, high]);
    store.apply([{ op: "putTenant", tenant: tenant("ten3", null) }]);
    expect(store.limitedTenants()).toEqual([low]);
    store.apply([{ op: "putTenant", tenant: { ...low, activeLeases: 0 } }]);
    expect(store.limitedTenants()).toEqual([]);
  });
}
