import { expect, it } from "vitest";
import { freeFacts } from "../../../dev/testing/facts";
import { creditsByLine } from "./line-worth";
import { onceFor } from "./once-for";

it("makes what is made of an object once, and of another one anew", () => {
  const asked: number[] = [];
  const first = onceFor(({ name }: { readonly name: number }) => {
    asked.push(name);
    return asked.length === 1 ? null : name;
  });
  const [one, other] = [{ name: 1 }, { name: 2 }];
  expect([first(one), first(other), first(one)]).toEqual([null, 2, null]);
  expect(asked).toEqual([1, 2]);
});

it("finds what credits take of which lines once for the same invoices, whatever else is asked with them", () => {
  const facts = freeFacts();
  const found = creditsByLine(facts);
  expect(creditsByLine({ ...facts, allowances: [] })).toBe(found);
  expect(creditsByLine({ ...facts, invoices: [...facts.invoices] })).not.toBe(found);
});
