/** A message against the rules (RFC 6455 §7.4.1). */
const policyViolation = 1_008;

/** Ends a socket whose other end only listens and spoke all the same: each message would wake the object, and be paid for. */
export function endTalker(socket: WebSocket, who: "viewers" | "runners"): void {
  socket.close(policyViolation, `${who} only listen`);
}
