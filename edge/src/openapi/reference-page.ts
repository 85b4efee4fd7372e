import { html } from "hono/html";
import type { Answer, ApiDocument, MediaType, Operation } from "./document-types.ts";
import { operationsOf } from "./document-types.ts";

type Html = ReturnType<typeof html>;
type Entry = ReturnType<typeof operationsOf>[number];

/** The reference as one page of HTML without any script: the policy of docs/security forbids everything but its own style. */
export async function referencePage(document: ApiDocument, stylesheet: string): Promise<string> {
  const operations = operationsOf(document);
  const sections = (document.tags ?? []).map(({ name, description }) => ({
    name,
    description,
    entries: operations.filter(({ operation }) => operation.tags?.includes(name)),
  }));
  const page = html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${document.info.title} API ${document.info.version}</title>
<link rel="stylesheet" href="${stylesheet}">
</head>
<body>
<h1>${document.info.title} API <small>${document.info.version}</small></h1>
<p>${document.info.description}</p>
<p>The same for programs: <a href="openapi.json">openapi.json</a> (OpenAPI ${document.openapi}).</p>
<nav>${sections.map(({ name }) => html`<a href="#${anchor(name)}">${name}</a>`)}</nav>
${sections.map(
  ({ name, description, entries }) => html`<section>
<h2 id="${anchor(name)}">${name}</h2>
<p>${description}</p>
${entries.map((entry) => operationOf(entry, document))}
</section>`,
)}
<h2 id="schemas">Schemas</h2>
${Object.entries(document.components.schemas ?? {}).map(
  ([name, schema]) =>
    html`<details id="schema-${name}"><summary><code>${name}</code></summary>${json(schema)}</details>`,
)}
</body>
</html>`;
  return String(await page);
}

function operationOf({ method, path, operation }: Entry, document: ApiDocument): Html {
  return html`<details id="${operation.operationId}">
<summary><code>${method.toUpperCase()} ${path}</code> ${operation.summary}</summary>
${operation.description ? html`<p>${operation.description}</p>` : ""}
<p>${permissionOf(operation)}</p>
${parametersOf(operation)}
${operation.requestBody ? html`<h4>Body</h4>${contentOf(operation.requestBody.content)}` : ""}
<h4>Answers</h4>
<table>${Object.entries(operation.responses).map(([status, answer]) => answerOf(status, answer, document))}</table>
</details>`;
}

function permissionOf(operation: Operation): Html {
  const permission = operation["x-permission"];
  return permission ? html`Needs the permission <code>${permission}</code>.` : html`Needs no credential of its own.`;
}

function parametersOf({ parameters }: Operation): Html {
  if (!parameters?.length) return html``;
  return html`<h4>Parameters</h4><table>${parameters.map(
    (
      parameter,
    ) => html`<tr><td><code>${parameter.name}</code>${parameter.required ? " *" : ""}</td><td>${parameter.in}</td>
<td>${parameter.description ?? parameter.schema?.description ?? ""}</td></tr>`,
  )}</table>`;
}

function answerOf(status: string, answer: Answer, { components }: ApiDocument): Html {
  const named: Answer | undefined = components.responses?.[answer.$ref?.split("/").at(-1) ?? ""];
  const content = answer.content === undefined ? html`` : contentOf(answer.content);
  return html`<tr><td><code>${status}</code></td><td>${(named ?? answer).description}${content}</td></tr>`;
}

function contentOf(content: Record<string, MediaType>): Html {
  return html`${Object.entries(content).map(([type, { schema, example }]) => {
    const name = typeof schema?.$ref === "string" ? schema.$ref.split("/").at(-1) : undefined;
    const link = name === undefined ? "" : html`: <a href="#schema-${name}">${name}</a>`;
    return html`<div><code>${type}</code>${link}${example === undefined ? "" : json(example)}</div>`;
  })}`;
}

function json(value: unknown): Html {
  return html`<pre>${JSON.stringify(value, null, 2)}</pre>`;
}

function anchor(tag: string): string {
  return `tag-${tag.replaceAll(" ", "-")}`;
}
