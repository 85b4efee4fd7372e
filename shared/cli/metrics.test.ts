import { beforeEach, expect, test } from "vitest";
import { cli, server } from "./test/scripted-cli.ts";

const text = `# HELP reelway_queue_tasks Tasks in the queues, by state
# TYPE reelway_queue_tasks gauge
reelway_queue_tasks{region="weur",state="ready"} 3
# TYPE reelway_outbox_rows gauge
reelway_outbox_rows 0
`;

beforeEach(async () => {
  server.intercept = ({ path }, response) => {
    response.writeHead(path === "/metrics" ? 200 : 404, { "content-type": "text/plain" }).end(text);
    return true;
  };
});

test("metrics are printed as they come, or those of one name", async () => {
  expect(await cli.run("metrics")).toMatchObject({ code: 0, stdout: text });
  const { stdout } = await cli.run("metrics", "--name", "reelway_outbox");
  expect(stdout).toBe("# TYPE reelway_outbox_rows gauge\nreelway_outbox_rows 0\n");
});

test("with --json each series is an object", async () => {
  const { json } = await cli.run("metrics", "--json");
  expect(json).toEqual([
    { name: "reelway_queue_tasks", labels: { region: "weur", state: "ready" }, value: 3 },
    { name: "reelway_outbox_rows", labels: {}, value: 0 },
  ]);
});
