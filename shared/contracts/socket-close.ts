/** How the control plane closes a WebSocket, beside the codes of RFC 6455: 4000 to 4999 are an application's own (§7.4.2). */
export const socketClose = {
  /** A newer socket of the same runner has taken this one's place. */
  replaced: 4_000,
  /** The credential that opened it is no longer valid. */
  revoked: 4_401,
} as const;
