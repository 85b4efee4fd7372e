import { type Client, createClient } from "@reelway/shared/client/client";
import { createRunnerClient } from "@reelway/shared/client/runner-client";
import { leaseTokenHeader } from "@reelway/shared/contracts/lease";
import { protocol } from "@reelway/shared/contracts/runner";
import { defaultRegion } from "@reelway/shared/regions";

/** Who asks, with what headers; of which operations, where not of all. */
export interface FuzzCaller {
  readonly name: "admin" | "viewer" | "person" | "runner";
  readonly headers: Readonly<Record<string, string>>;
  /** A regular expression. */
  readonly paths?: string;
}

const password = "a password for an hour";

/** The platform's admin and a viewer, of everything; a person with a session and a runner with a lease, of what is theirs. */
export async function callersOf(url: string, key: string): Promise<FuzzCaller[]> {
  const client = createClient({ url, key });
  const { secret } = await client.keys.create({ name: "fuzz viewer", role: "viewer" });
  if (secret === null) throw new Error("the viewer's key came without its secret");
  return [
    { name: "admin", headers: bearer(key) },
    { name: "viewer", headers: bearer(secret) },
    { name: "person", headers: bearer(await signIn(client)), paths: "/auth/" },
    // The simulator calls an upload's id that it never gave a fault of its own, so that it looks like a storage that is away.
    { name: "runner", headers: await leaseOne(client, url), paths: "/(runner|leases)/(?!multipart/complete)" },
  ];
}

function bearer(credential: string): { authorization: string } {
  return { authorization: `Bearer ${credential}` };
}

async function signIn(client: Client): Promise<string> {
  const email = "fuzz@example.com";
  const { token } = await client.invitations.create({ email, role: "member" });
  await client.invitations.accept({ token: token ?? "", name: "Fuzz", password });
  return (await client.auth.login({ email, password })).accessToken;
}

/** A runner's credential, and the token of a lease that it holds. */
async function leaseOne(client: Client, url: string): Promise<Record<string, string>> {
  const content = new Blob(["no film, but there"]);
  const source = { name: "a.mp4", type: "video/mp4", bytes: content.size, slice: content.slice.bind(content) };
  const asset = await client.assets.upload(source, { region: defaultRegion });
  await client.jobs.create({ assetId: asset.id, spec: { kind: "probe" } });
  const { token } = await client.runners.createToken({ maxUses: 1 });
  let credential: string | undefined;
  const runner = createRunnerClient({ url, credential: () => credential });
  const host = { name: "fuzz", region: defaultRegion, labels: [], protocol, version: "1.0.0" };
  ({ credential } = await runner.register({ token: token ?? "", ...host }));
  const self = { capabilities: ["kind:probe"], slots: 1, version: "1.0.0", protocol, draining: false };
  const [task] = (await runner.lease({ runner: self, max: 1, waitMs: 10_000 })).tasks;
  if (task === undefined) throw new Error("there was nothing to lease");
  return { ...bearer(credential ?? ""), [leaseTokenHeader]: task.leaseToken };
}
