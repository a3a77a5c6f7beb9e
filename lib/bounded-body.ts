type Readable = Pick<Request, "body" | "headers">;

/**
 * The body of a request as bytes; null when it is longer than `mostBytes`. A length that is announced is believed when
 * it is too large; otherwise reading stops at the first piece that goes beyond.
 */
export async function readBounded(request: Readable, mostBytes: number): Promise<Uint8Array | null> {
  const announced = Number(request.headers.get("content-length") ?? 0);
  if (announced > mostBytes) {
    await request.body?.cancel();
    return null;
  }
  const reader = request.body?.getReader();
  if (!reader) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let size = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.byteLength;
    if (size > mostBytes) {
      await reader.cancel();
      return null;
    }
    chunks.push(value);
  }
  const [only] = chunks;
  return only && chunks.length === 1 ? only : Buffer.concat(chunks);
}
