/** An event as the store has it; `data` is its JSON text. */
export interface StoredEvent {
  readonly type: string;
  readonly at: number;
  readonly sequence: number;
  readonly data: string;
}

/** The body that tells an event (`WebhookPayload`): the same bytes whenever it is asked for. */
export function payloadOf({ type, at, sequence, data }: StoredEvent): string {
  const head = JSON.stringify({ type, timestamp: new Date(at).toISOString(), sequence });
  return `${head.slice(0, -1)},"data":${data}}`;
}
