import { WebhookEventType } from "@reelway/shared/contracts/webhook";
import { expect, test } from "vitest";
import { eventsInWords } from "./events-in-words.ts";

const all = WebhookEventType.options;

test("what an endpoint is told of is said by what there is, or by what is missing", () => {
  expect(eventsInWords([...all])).toBe("all events");
  expect(eventsInWords(all.filter((type) => type !== "job.created"))).toBe("all but job.created");
  expect(eventsInWords(["job.failed", "job.succeeded"])).toBe("job.failed, job.succeeded");
  expect(eventsInWords([...all.slice(0, 3)])).toBe(all.slice(0, 3).join(", "));
});
