/** What the process ends with, for scripts. `reelway --help` prints this table. */
export const exitCodes = {
  ok: 0,
  unexpected: 1,
  usage: 2,
  refused: 3,
  jobFailed: 4,
  jobCanceled: 5,
  unavailable: 6,
  interrupted: 130,
} as const;

export const exitCodeHelp = `Exit codes:
  0    done
  1    something unexpected
  2    wrong usage, or a local file that is missing or in the way
  3    refused by the API (a 4xx answer), or some of many
  4    the job failed, or some of the batch
  5    the job or the batch was canceled
  6    the control plane or the storage is not reachable or broken
  130  interrupted (Ctrl-C)`;
