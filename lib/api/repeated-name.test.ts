import { fc, test } from "@fast-check/vitest";
import { describe, expect, it } from "vitest";
import { findRepeatedName } from "./repeated-name";

const find = (text: string) => findRepeatedName(text, JSON.parse(text));

describe("a name given twice", () => {
  it.each([
    ['{"a":1,"a":1}', "/a"],
    ['{"credits":1,"category":"platform","credits":100}', "/credits"],
    ['{"a":{"b":1},"c":[{"x":1},{"x":1,"y":2,"x":3}]}', "/c/1/x"],
    ['{"\\u0061":1 , "a" : 2}', "/a"],
    ['{"__proto__":1,"__proto__":2}', "/__proto__"],
    ['{"":1,"":2}', "/"],
    ['{"a/b~c":[],"a/b~c":{}}', "/a~1b~0c"],
    ['{"a":"\\\\","b":"\\"","b":":{"}', "/b"],
    ['{"a":1,"b":{"a":[1,2,{"a":3}]},"a":null}', "/a"],
    ['\n{\t"a"\r\n:1,\n"a"\n:\n2}\n', "/a"],
    ['[[],[{"a":1}],[{"a":1,"a":1}]]', "/2/0/a"],
    ['{"\\ud800":1,"\\ud800":2}', "/\ud800"],
  ])("is found in %s", (text, pointer) => {
    expect(find(text)).toBe(pointer);
  });

  it.each([
    "1",
    '"a:\\"b\\":"',
    "null",
    "[]",
    "{}",
    '{"a":"a","b":"a"}',
    '{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}',
    '{"a":"\\"a\\":1","b":"{\\"b\\":2}"}',
    '{"__proto__":{"__proto__":1},"constructor":1}',
    '{"a\\\\":1,"a":2}',
  ])("is not seen in %s", (text) => {
    expect(find(text)).toBe(null);
  });

  test.prop([fc.jsonValue()], { numRuns: 500 })(
    "is in nothing that was written by JSON.stringify",
    (value) => {
      expect(find(JSON.stringify(value))).toBe(null);
      expect(find(JSON.stringify(value, null, 2))).toBe(null);
    },
  );

  test.prop([fc.string({ unit: "binary" }), fc.jsonValue(), fc.jsonValue()], { numRuns: 500 })(
    "is found wherever it is, whatever it is",
    (name, first, second) => {
      const [key, a, b] = [name, first, second].map((each) => JSON.stringify(each));
      const pointer = name.slice(0, 100).replaceAll("~", "~0").replaceAll("/", "~1");
      expect(find(`[true,{"x":[{${key}:${a},${key}:${b}}]}]`)).toBe(`/1/x/0/${pointer}`);
    },
  );

  it("is looked for in a text nested deeper than a stack", () => {
    const deep = `${'[{"a":'.repeat(150_000)}1${"}]".repeat(150_000)}`;
    expect(find(deep)).toBe(null);
  });
});
