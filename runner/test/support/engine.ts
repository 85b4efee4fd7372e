import { pino } from "pino";
import { type MediaEngine, openEngine } from "../../src/engine/open-engine.ts";
import { buildEngine } from "./build-engine.ts";

/** The engine as the runner opens it. */
export async function testEngine(): Promise<MediaEngine> {
  const engine = await openEngine({ path: buildEngine() }, pino({ level: "silent" }));
  if (engine === null) throw new Error("the engine was built and is not there");
  return engine;
}
