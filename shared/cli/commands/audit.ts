import type { Command } from "commander";
import { z } from "zod";
import { AuditAction, type AuditRecord, type AuditVerification } from "../../contracts/audit.ts";
import { withoutControls } from "../../contracts/text.ts";
import { TenantId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { AuditBroken } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Column } from "../terminal/table.ts";
import { formatTime } from "../terminal/units.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";

const Filters = ListOptions.extend({
  action: AuditAction.optional(),
  actor: z.string().optional(),
  resource: z.string().optional(),
  tenant: TenantId.optional(),
});

export function addAudit(program: Command, cli: Cli): void {
  const audit = program.command("audit").description("Who changed what, when, from where.");
  const { output, signal } = cli;

  withListOptions(audit.command("ls").description("List the audit log."))
    .option("--action <name>", "such as key.create")
    .option("--actor <id>", "of the key or user")
    .option("--resource <id>", "of what was changed")
    .option("--tenant <id>", "another tenant's; platform admins only")
    .action(async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const { action, actor, resource, tenant, ...list } = optionsOf(command, Filters);
      const filters = {
        ...(action === undefined ? {} : { action }),
        ...(actor === undefined ? {} : { actorId: actor }),
        ...(resource === undefined ? {} : { resource }),
        ...(tenant === undefined ? {} : { tenantId: tenant }),
      };
      await printList(output, list, columns, (query) => client.audit.list({ ...query, ...filters }, signal));
    });

  audit
    .command("verify")
    .description("Recompute the hash chain and compare it with its seals and exports; platform admins only.")
    .action(async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      let answer: AuditVerification;
      let rows = 0;
      let after = 0;
      do {
        answer = await client.audit.verify(after, signal);
        rows += answer.rows;
        after = answer.verifiedTo;
      } while (answer.more);
      output.jsonLine({ ...answer, rows });
      if (answer.broken)
        throw new AuditBroken(`The audit log is broken at ${answer.broken.sequence}: ${answer.broken.reason}`);
      output.line(`${rows} rows up to ${answer.verifiedTo} are as they were sealed.`);
    });
}

const columns: Column<AuditRecord>[] = [
  { title: "#", cell: ({ sequence }) => String(sequence), align: "right" },
  { title: "WHEN", cell: ({ at }) => formatTime(at) },
  { title: "WHO", cell: ({ actor, actorId }) => withoutControls(actorId ?? actor) },
  { title: "DID", cell: ({ action }) => action },
  { title: "TO", cell: ({ resource }) => withoutControls(resource ?? "") },
  { title: "FROM", cell: ({ ip, country }) => withoutControls([ip, country].filter(Boolean).join(" ")) },
];
