import { expect, it } from "vitest";
import { findEnd } from "./line";

const message = (type: string, bytes: number) => {
  const head = Buffer.alloc(5);
  head.write(type, 0, "latin1");
  head.writeInt32BE(4 + bytes, 1);
  return Buffer.concat([head, Buffer.alloc(bytes, "D")]);
};

it("finds where the first message of a type ends, however what was sent is cut into chunks", () => {
  const before = [message("R", 8), message("1", 0), message("T", 300), message("D", 40)];
  const all = Buffer.concat([...before, message("C", 9), message("C", 9), message("Z", 1)]);
  const expected = Buffer.concat(before).length + 14;
  for (const size of [1, 2, 5, 7, 64, all.length]) {
    const endOf = findEnd();
    let found: number | null = null;
    for (let at = 0; at < all.length && found === null; at += size) {
      const end = endOf(all.subarray(at, at + size), "C".charCodeAt(0));
      if (end !== null) found = at + end;
    }
    expect(found, `in chunks of ${size}`).toBe(expected);
  }
});

it("finds nothing where nothing is wanted, and goes on from there", () => {
  const endOf = findEnd();
  expect(endOf(message("C", 9), null)).toBeNull();
  expect(endOf(message("C", 9).subarray(0, 3), "C".charCodeAt(0))).toBeNull();
  expect(endOf(message("C", 9).subarray(3), "C".charCodeAt(0))).toBe(11);
});
