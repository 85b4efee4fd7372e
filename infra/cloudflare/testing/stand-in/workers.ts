import { type Account, type Asked, jsonOf, NOT_FOUND, type Script } from "./account.ts";

/** Workers: the answer to a request below the account; undefined where it is about something else. */
export function workers({ scripts }: Account, method: string, path: string, asked: Asked): unknown {
  if (path === "/workers/scripts" && method === "GET")
    return [...scripts].map(([id, { migrationTag }]) => ({ id, migration_tag: migrationTag }));
  if (path === "/workers/subdomain") return { subdomain: "stand-in" };
  const [, name = "", action] = /^\/workers\/(?:scripts|services|workers)\/([^/]+)(?:\/(.+))?$/.exec(path) ?? [];
  if (name === "") return undefined;
  const script = scripts.get(name);
  if (method === "PUT" && action === undefined) return putScript(scripts, name, asked);
  if (script === undefined) return NOT_FOUND;
  return ofScript(script, method, action, asked, name);
}

function putScript(scripts: Account["scripts"], name: string, asked: Asked): unknown {
  const known = scripts.get(name);
  const [, tag] = /"new_tag":"([^"]+)"/.exec(asked.body.toString("latin1")) ?? [];
  const script = known ?? {
    migrationTag: undefined,
    secrets: new Map<string, string>(),
    versions: [],
    assets: [],
    deployments: [],
  };
  const version = addVersion(script, name);
  script.migrationTag = tag ?? script.migrationTag;
  script.deployments.unshift({
    id: `d${script.deployments.length}`,
    versions: [{ version_id: version, percentage: 100 }],
  });
  scripts.set(name, script);
  return {
    id: name,
    etag: "e",
    pipeline_hash: "p",
    mutable_pipeline_id: "m",
    deployment_id: version,
    startup_time_ms: 5,
  };
}

function addVersion(script: Script, name: string): string {
  const id = `${String(script.versions.length + 1).padStart(8, "0")}-0000-4000-8000-${name.length.toString().padStart(12, "0")}`;
  script.versions.push(id);
  return id;
}

function ofScript(script: Script, method: string, action: string | undefined, asked: Asked, name: string): unknown {
  const version = (id: string) => ({
    id,
    number: script.versions.indexOf(id) + 1,
    metadata: { author_email: "a", author_id: "a", created_on: "2026-11-21T00:00:00Z", source: "wrangler" },
    annotations: {},
    resources: { bindings: [], script: { handlers: ["fetch"] }, script_runtime: {} },
  });
  if (action === undefined)
    return {
      id: name,
      default_environment: { script: { tag: "t", migration_tag: script.migrationTag } },
      subdomain: { enabled: true, previews_enabled: false },
    };
  if (action === "secrets" && method === "GET")
    return [...script.secrets.keys()].map((secret) => ({ name: secret, type: "secret_text" }));
  if (action === "secrets" && method === "PUT") {
    script.secrets.set(String(jsonOf(asked).name), String(jsonOf(asked).text));
    return { name: jsonOf(asked).name, type: "secret_text" };
  }
  if (action === "script-settings") return {};
  if (action === "assets-upload-session") {
    script.assets = Object.keys(jsonOf(asked).manifest ?? {});
    // As if every file were known already: none is sent.
    return { jwt: "the-assets", buckets: [] };
  }
  if (action === "secrets-bulk") {
    for (const [secret, name = ""] of asked.body.toString().matchAll(/\{[^{}]*"name":"([A-Z0-9_]+)"[^{}]*\}/g))
      script.secrets.set(name, /"text":"([^"]*)"/.exec(secret)?.[1] ?? "");
    return {};
  }
  if (action === "settings") return { bindings: [], migration_tag: script.migrationTag, logpush: false };
  if (action === "versions" && method === "POST") {
    const id = addVersion(script, name);
    return { ...version(id), startup_time_ms: 5 };
  }
  if (action === "versions") return { items: script.versions.toReversed().map(version) };
  if (action?.startsWith("versions/")) return version(action.slice("versions/".length));
  if (action === "deployments" && method === "GET") {
    return {
      deployments: script.deployments.map((one) => ({
        ...one,
        source: "api",
        strategy: "percentage",
        author_email: "a",
        created_on: "2026-11-21T00:00:00Z",
        annotations: {},
      })),
    };
  }
  if (action === "deployments") {
    const versions = jsonOf(asked).versions;
    if (!Array.isArray(versions)) return undefined;
    script.deployments.unshift({ id: `d${script.deployments.length}`, versions });
    return { id: "d" };
  }
  if (action === "schedules" || action === "subdomain" || action === "domains/records")
    return { enabled: true, previews_enabled: false, schedules: [] };
  return undefined;
}
