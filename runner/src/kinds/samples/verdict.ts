/** What came of holding a result against its source; `unknown` where nothing can be said, as of a damaged source. */
export const sampleVerdicts = ["right", "wrong", "unknown"] as const;
export type SampleVerdict = (typeof sampleVerdicts)[number];
