import { limits } from "@reelway/shared/limits";
import { sealContextOfQuery } from "../assets/sealed-source.ts";
import { auditOfSystem } from "../audit/audit-entry.ts";
import { sealContextOfConnection } from "../connections/bucket-access.ts";
import type { Env } from "../env.ts";
import type { Log } from "../http/log.ts";
import type { Settings } from "../settings.ts";
import {
  findSealed,
  type Replacement,
  replaceSealed,
  type SealedPlace,
  type SealedValue,
  sealedPlaces,
} from "../store/sealed-values.ts";
import { sealContextOfWebhook } from "../webhooks/secrets.ts";
import { seal, sealPrefixes, unseal } from "./sealed.ts";

/** What a text of each place is bound to. */
const contexts: Readonly<Record<SealedPlace, (row: SealedValue) => string>> = {
  webhook: sealContextOfWebhook,
  webhook_previous: sealContextOfWebhook,
  connection: sealContextOfConnection,
  source: ({ tenantId, id }) => sealContextOfQuery({ tenantId, fetchJobId: id }),
};

/**
 * The sweep's part: seals with the current ENCRYPTION_SECRET what was sealed with the one before, a bounded number at a
 * time, so that the earlier one may be dropped. Texts that do not open are logged and left.
 */
export async function sealAnew(env: Env, settings: Settings, log: Log): Promise<void> {
  const [current, ...earlier] = await sealPrefixes(settings);
  // While a new secret is being put, both may be the same.
  for (const prefix of earlier.filter((one) => one !== current))
    await Promise.all(sealedPlaces.map((place) => sealPlaceAnew(env, settings, place, prefix, log)));
}

async function sealPlaceAnew(env: Env, settings: Settings, place: SealedPlace, prefix: string, log: Log) {
  const rows = await findSealed(env, place, prefix, limits.sealedAnewPerSweep);
  const opened = await Promise.all(
    rows.map(async (was): Promise<Replacement[]> => {
      const { id, tenantId, sealed } = was;
      const context = contexts[place](was);
      try {
        const anew = await seal(settings, context, await unseal(settings, context, sealed));
        return [{ was, sealed: anew, audit: auditOfSystem({ action: "secret.reseal", resource: id, tenantId }) }];
      } catch (error) {
        log.error("seal does not open", { place, id, tenantId, error });
        return [];
      }
    }),
  );
  const replacements = opened.flat();
  if (replacements.length > 0) await replaceSealed(env, place, replacements);
}
