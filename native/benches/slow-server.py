"""A file server on loopback that is far away: a delay before each answer, and a speed limit for each connection.

Usage: slow-server.py FILE [DELAY_MS] [BYTES_PER_SECOND]; prints the port that it listens on.
"""

import asyncio
import os
import re
import sys

path = sys.argv[1]
delay = float(sys.argv[2] if len(sys.argv) > 2 else 30) / 1000
rate = int(sys.argv[3] if len(sys.argv) > 3 else 8_000_000)
size = os.path.getsize(path)
STEP = 0.01


async def answer(reader, writer):
    loop = asyncio.get_running_loop()
    with open(path, "rb") as file:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
                found = re.search(r"(?im)^range: bytes=(\d+)-(\d*)", head)
                start = int(found[1]) if found else 0
                end = min(int(found[2]) + 1 if found and found[2] else size, size)
                await asyncio.sleep(delay)
                status = "206 Partial Content" if found else "200 OK"
                text = f"HTTP/1.1 {status}\r\nAccept-Ranges: bytes\r\nETag: \"bench\"\r\nContent-Length: {end - start}\r\n"
                if found:
                    text += f"Content-Range: bytes {start}-{end - 1}/{size}\r\n"
                writer.write((text + "\r\n").encode())
                if head.startswith("HEAD"):
                    end = start
                began, sent = loop.time(), 0
                file.seek(start)
                while start + sent < end:
                    # What the clock allows by now: a late wake-up is caught up with.
                    allowed = int((loop.time() - began + STEP) * rate) - sent
                    piece = file.read(max(1, min(allowed, end - start - sent)))
                    writer.write(piece)
                    sent += len(piece)
                    await writer.drain()
                    await asyncio.sleep(max(0, began + sent / rate - loop.time()))
        except (asyncio.IncompleteReadError, ConnectionError):
            pass
        finally:
            writer.close()


async def main():
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


asyncio.run(main())
