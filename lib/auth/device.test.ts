import { describe, expect, it } from "vitest";
import { newId } from "../ids";
import { type Device, knowsPerson, openDevice, sealDevice, withPerson } from "./device";

const SECRET = "a secret of more than thirty-two characters";
const signedIn = (device: Device | null, userId: string) => withPerson(device, userId, SECRET);

describe("a browser's own cookie", () => {
  it("knows the people who signed in there, and nobody else", () => {
    const [ada, ben, eve] = [newId(), newId(), newId()];
    const device = openDevice(sealDevice(signedIn(signedIn(null, ada), ben), SECRET), SECRET);
    expect([ada, ben, eve].map((each) => knowsPerson(device, each, SECRET))).toEqual([true, true, false]);
    expect(knowsPerson(null, ada, SECRET)).toBe(false);
  });

  it("stays the same browser for people who come again, and never grows without end", () => {
    const people = Array.from({ length: 12 }, newId);
    let device = signedIn(null, people[0] ?? "");
    const { id } = device;
    for (const each of [...people, ...people.slice(-3)]) device = signedIn(device, each);
    expect(device.id).toBe(id);
    expect(device.people).toHaveLength(8);
    expect(knowsPerson(device, people.at(-1) ?? "", SECRET)).toBe(true);
    expect(sealDevice(device, SECRET).length).toBeLessThan(300);
    expect(openDevice(sealDevice(device, SECRET), SECRET)).toEqual(device);
  });

  it("names a person otherwise in each browser", () => {
    const ada = newId();
    expect(signedIn(null, ada).people).not.toEqual(signedIn(null, ada).people);
  });

  it("is nothing when it was made up, changed, or sealed with another secret", () => {
    const sealed = sealDevice(signedIn(null, newId()), SECRET);
    const [text = "", proof = ""] = sealed.split("~");
    const added = `${text}.${"A".repeat(16)}~${proof}`;
    for (const cookie of [
      undefined,
      "",
      "~",
      text,
      `${text}~`,
      `${sealed}~`,
      added,
      `${sealed}A`,
      "x".repeat(9_999),
    ])
      expect(openDevice(cookie, SECRET), cookie).toBeNull();
    expect(openDevice(sealed, `${SECRET}!`)).toBeNull();
  });
});
