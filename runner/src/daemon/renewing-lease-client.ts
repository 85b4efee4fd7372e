import type { LeaseClient } from "@reelway/shared/client/runner-client";
import { ReelwayError } from "@reelway/shared/errors/reelway-error";

/**
 * The calls about a task, each made once more where its token had run out and the next beat brought a fresh one. After
 * an outage `lease_lost` may mean no more than that no beat got through meanwhile. `renewal` says whether one came.
 */
export function renewingLeaseClient(client: LeaseClient, renewal: () => Promise<boolean>): LeaseClient {
  const renewing = async <Answer>(call: () => Promise<Answer>): Promise<Answer> => {
    try {
      return await call();
    } catch (error) {
      if (!(error instanceof ReelwayError) || error.code !== "lease_lost" || !(await renewal())) throw error;
      return call();
    }
  };
  return {
    inputs: (options) => renewing(() => client.inputs(options)),
    outputs: (request, options) => renewing(() => client.outputs(request, options)),
    multipart: (request, options) => renewing(() => client.multipart(request, options)),
    completeMultipart: (request, options) => renewing(() => client.completeMultipart(request, options)),
    reports: (options) => renewing(() => client.reports(options)),
    findings: (options) => renewing(() => client.findings(options)),
    files: (request, options) => renewing(() => client.files(request, options)),
    // Progress that comes late is not worth a second call.
    progress: (report, options) => client.progress(report, options),
    complete: (request, options) => renewing(() => client.complete(request, options)),
    fail: (request, options) => renewing(() => client.fail(request, options)),
    release: (request, options) => renewing(() => client.release(request, options)),
  };
}
