import { z } from "zod";
import { TenantId } from "../ids.ts";
import { plainText } from "./text.ts";
import { Timestamp } from "./time.ts";

export const TenantRequest = z
  .strictObject({ name: plainText(100).pipe(z.string().min(1)) })
  .meta({ id: "TenantRequest" });
export type TenantRequest = z.input<typeof TenantRequest>;

export const Tenant = z
  .object({
    id: TenantId,
    name: z.string(),
    platform: z
      .boolean()
      .meta({ description: "The tenant that runs this installation: its admins manage tenants and the fleet" }),
    createdAt: Timestamp,
  })
  .meta({ id: "Tenant" });
export type Tenant = z.infer<typeof Tenant>;
