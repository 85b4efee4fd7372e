const heartbeatMs = 15_000;
/** A reader that is this many events behind is cut off: it comes back and is given the current state. */
const eventsBehind = 256;
const encoder = new TextEncoder();

/**
 * Server-sent events (HTML Living Standard §9.2) from a channel's WebSocket: `id` is the frame's sequence, the event's
 * name is `status`. Ends when the channel closes, which is after the last frame. When the reader goes, the socket goes.
 */
export function eventStreamOf(socket: WebSocket, gone: AbortSignal): ReadableStream<Uint8Array> {
  let heartbeat: ReturnType<typeof setInterval> | null = null;
  let over = false;
  const end = () => {
    over = true;
    clearInterval(heartbeat);
    socket.close(1000, "the reader has gone");
  };

  return new ReadableStream<Uint8Array>({
    start(controller) {
      const write = (text: string) => {
        if (over) return;
        controller.enqueue(encoder.encode(text));
        if ((controller.desiredSize ?? 0) < -eventsBehind) finish();
      };
      const finish = () => {
        if (over) return;
        end();
        controller.close();
      };
      socket.addEventListener("message", ({ data }) => {
        if (typeof data === "string") write(`id: ${sequenceOf(data)}\nevent: status\ndata: ${data}\n\n`);
      });
      socket.addEventListener("close", finish);
      socket.addEventListener("error", finish);
      gone.addEventListener("abort", finish);
      heartbeat = setInterval(() => write(":\n\n"), heartbeatMs);
      socket.accept();
      // Proxies pass a stream on once it has a first byte.
      write(":\n\n");
    },
    cancel: end,
  });
}

function sequenceOf(frame: string): number {
  const { sequence }: { sequence: number } = JSON.parse(frame);
  return sequence;
}
