import type { Command } from "commander";
import { z } from "zod";
import { EventType } from "../../contracts/event.ts";
import { withoutControls } from "../../contracts/text.ts";
import {
  type WebhookDelivery,
  WebhookDeliveryState,
  WebhookEventType,
  type WebhookWithSecret,
} from "../../contracts/webhook.ts";
import { WebhookDeliveryId, WebhookEndpointId } from "../../ids.ts";
import { type Cli, connect } from "../cli.ts";
import { checked } from "../failures.ts";
import { optionsOf } from "../options.ts";
import type { Output } from "../output.ts";
import { ListOptions, printList, withListOptions } from "./list.ts";
import { deliveryColumns, printDelivery, printWebhook, webhookColumns } from "./webhook-columns.ts";

const EventTypes = z
  .string()
  .transform((text) => text.split(",").map((type) => type.trim()))
  .pipe(z.array(WebhookEventType));
const CreateOptions = z.object({ events: EventTypes.optional(), description: z.string().optional() });
const UpdateOptions = CreateOptions.extend({
  to: z.string().optional(),
  enable: z.boolean().optional(),
  disable: z.boolean().optional(),
}).refine(({ enable, disable }) => !(enable && disable), { path: ["enable"], message: "or --disable, not both" });
const DeliveriesOptions = ListOptions.extend({
  webhook: WebhookEndpointId.optional(),
  state: WebhookDeliveryState.optional(),
  event: EventType.optional(),
});
const endpointOf = (text: string) => checked(WebhookEndpointId, text, text);
const deliveryOf = (text: string) => checked(WebhookDeliveryId, text, text);

export function addWebhooks(program: Command, cli: Cli): void {
  const webhooks = program.command("webhooks").description("Have a server of yours told what happens.");
  addEndpoints(webhooks, cli);
  addDeliveries(webhooks, cli);
}

function addEndpoints(webhooks: Command, cli: Cli): void {
  const { output, signal } = cli;

  webhooks
    .command("create")
    .description("Make an endpoint. Its signing secret goes to stdout and is shown once.")
    .argument("<url>")
    .option("--events <types>", "with commas between; default: all there are")
    .option("--description <text>")
    .action(async (url: string, _options: unknown, command: Command) => {
      const { events, description } = optionsOf(command, CreateOptions);
      const webhook = await connect(cli, command).webhooks.create(
        { url, ...(events ? { events } : {}), ...(description === undefined ? {} : { description }) },
        signal,
      );
      printSecret(output, webhook);
      if (webhook.state === "unverified") output.note(output.err.dim(howToVerify(webhook.id)));
    });

  withListOptions(webhooks.command("ls").description("List endpoints.")).action(
    async (_options: unknown, command: Command) => {
      const client = connect(cli, command);
      const columns = webhookColumns(output.out);
      await printList(output, optionsOf(command, ListOptions), columns, (query) => client.webhooks.list(query, signal));
    },
  );

  webhooks
    .command("show")
    .description("Show one endpoint.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printWebhook(output, await connect(cli, command).webhooks.get(endpointOf(id), signal));
    });

  webhooks
    .command("update")
    .description("Change an endpoint, disable it or enable it again.")
    .argument("<id>")
    .option("--to <url>", "where it is told from now on, once that has answered webhook.verify")
    .option("--events <types>", "with commas between")
    .option("--description <text>")
    .option("--enable", "also ends a pause, and asks an unverified address anew")
    .option("--disable", "what is on its way fails")
    .action(async (id: string, _options: unknown, command: Command) => {
      const { to, events, description, enable, disable } = optionsOf(command, UpdateOptions);
      const changes = {
        ...(to === undefined ? {} : { url: to }),
        ...(events ? { events } : {}),
        ...(description === undefined ? {} : { description }),
        ...(enable ? { enabled: true } : {}),
        ...(disable ? { enabled: false } : {}),
      };
      printWebhook(output, await connect(cli, command).webhooks.update(endpointOf(id), changes, signal));
    });

  webhooks
    .command("verify")
    .description("Ask an unverified endpoint again whether it wants to be called, and enable it for that.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printSent(output, await connect(cli, command).webhooks.verify(endpointOf(id), signal));
    });

  webhooks
    .command("delete")
    .description("Delete an endpoint; what is on its way to it fails.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      await connect(cli, command).webhooks.delete(endpointOf(id), signal);
      output.jsonLine({ id, deleted: true });
      output.line(`${id}  deleted`);
    });

  webhooks
    .command("rotate-secret")
    .description("Give an endpoint a new secret; for 24 hours the old one signs too.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printSecret(output, await connect(cli, command).webhooks.rotateSecret(endpointOf(id), signal));
    });

  webhooks
    .command("job-secret")
    .description("Show what the calls to jobs' own webhookUrl are signed with.")
    .action(async (_options: unknown, command: Command) => {
      const answer = await connect(cli, command).webhooks.jobSecret(signal);
      output.jsonLine(answer);
      output.line(answer.secret);
    });
}

function addDeliveries(webhooks: Command, cli: Cli): void {
  const { output, signal } = cli;

  webhooks
    .command("test")
    .description("Send a webhook.test event to one endpoint only.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printSent(output, await connect(cli, command).webhooks.test(endpointOf(id), signal));
    });

  withListOptions(webhooks.command("deliveries").description("List what was sent, and what is on its way."))
    .option("--webhook <id>", "only to this endpoint")
    .option("--state <state>", WebhookDeliveryState.options.join(", "))
    .option("--event <type>", "only of this type")
    .action(async (_options: unknown, command: Command) => {
      const { webhook, state, event, ...list } = optionsOf(command, DeliveriesOptions);
      const client = connect(cli, command);
      const filters = { webhookId: webhook, state, eventType: event };
      const given = Object.fromEntries(Object.entries(filters).filter(([, value]) => value !== undefined));
      await printList(output, list, deliveryColumns(output.out, Date.now()), (query) =>
        client.webhooks.deliveries({ ...given, ...query }, signal),
      );
    });

  webhooks
    .command("delivery")
    .description("Show one delivery with its last request and answer.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      printDelivery(output, await connect(cli, command).webhooks.delivery(deliveryOf(id), signal));
    });

  webhooks
    .command("redeliver")
    .description("Send one again, with the same webhook-id.")
    .argument("<id>")
    .action(async (id: string, _options: unknown, command: Command) => {
      const delivery = await connect(cli, command).webhooks.redeliver(deliveryOf(id), signal);
      output.jsonLine(delivery);
      output.line(`${delivery.id}  ${withoutControls(delivery.state)}`);
    });
}

function printSent(output: Output, delivery: WebhookDelivery): void {
  output.jsonLine(delivery);
  output.line(delivery.id);
  output.note(output.err.dim(`On its way; see \`reelway webhooks delivery ${delivery.id}\`.`));
}

function howToVerify(id: string): string {
  return `It is sent events once it has answered webhook.verify with the challenge; see \`reelway webhooks show ${id}\`.`;
}

function printSecret(output: Output, webhook: WebhookWithSecret): void {
  output.jsonLine(webhook);
  if (webhook.secret !== null) output.line(webhook.secret);
  output.note(output.err.dim(`${webhook.id} · shown this once: keep it in a safe place.`));
}
