import { describe, expect, it } from "vitest";
import { readBounded } from "./bounded-body";

/** A body in pieces of 10 bytes, made only when they are asked for. */
function endless(pieces: number) {
  const seen = { made: 0, canceled: false };
  const body = new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      pull(controller) {
        if (seen.made === pieces) return controller.close();
        seen.made += 1;
        controller.enqueue(new Uint8Array(10).fill(seen.made % 256));
      },
      cancel() {
        seen.canceled = true;
      },
    },
    { highWaterMark: 0 },
  );
  return { seen, body };
}
const announcing = (length?: string) => new Headers(length === undefined ? {} : { "content-length": length });

describe("a body", () => {
  it("is read whole up to its limit, in one piece or many", async () => {
    for (const pieces of [0, 1, 2, 10]) {
      const read = await readBounded({ body: endless(pieces).body, headers: announcing() }, 100);
      expect(read?.byteLength).toBe(pieces * 10);
    }
    expect(await readBounded({ body: null, headers: announcing() }, 100)).toEqual(new Uint8Array());
  });

  it("beyond its limit is refused after the piece that went beyond, and the rest is never made", async () => {
    const { seen, body } = endless(1_000_000);
    expect(await readBounded({ body, headers: announcing() }, 100)).toBeNull();
    expect(seen).toEqual({ made: 11, canceled: true });
  });

  it("that announces too much is not read at all", async () => {
    const { seen, body } = endless(1_000_000);
    expect(await readBounded({ body, headers: announcing("101") }, 100)).toBeNull();
    expect(seen).toEqual({ made: 0, canceled: true });
  });

  it("that announces less than it is, or nonsense, is refused all the same", async () => {
    for (const length of ["5", "-1", "many"]) {
      const { seen, body } = endless(1_000_000);
      expect(await readBounded({ body, headers: announcing(length) }, 100), length).toBeNull();
      expect(seen.made).toBe(11);
    }
  });
});
