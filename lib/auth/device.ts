import { createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** As long as browsers keep a cookie. */
export const DEVICE_SECONDS = 400 * 24 * 60 * 60;
const MAX_PEOPLE = 8;

/**
 * A browser in which people signed in before, as its own cookie tells: its id, and a hash for each of those people,
 * the last first. It opens nothing; others' failures merely do not slow it down.
 */
export type Device = { readonly id: string; readonly people: readonly string[] };

const FORM = /^[A-Za-z0-9_-]{22}(\.[A-Za-z0-9_-]{16}){1,8}$/;

const mac = (secret: string, purpose: string, text: string): string =>
  createHmac("sha256", secret).update(`refill ${purpose}\n${text}`).digest("base64url");

/** Another one in each browser, so that two cookies do not tell that they are the same person's. */
const personIn = (deviceId: string, userId: string, secret: string): string =>
  mac(secret, "person", `${deviceId}\n${userId}`).slice(0, 16);

export const knowsPerson = (device: Device | null, userId: string, secret: string): device is Device =>
  device?.people.includes(personIn(device.id, userId, secret)) ?? false;

/** The browser after this person signed in; the one of whom it is longest ago may be forgotten. */
export function withPerson(device: Device | null, userId: string, secret: string): Device {
  const id = device?.id ?? randomBytes(16).toString("base64url");
  const person = personIn(id, userId, secret);
  const others = (device?.people ?? []).filter((each) => each !== person);
  return { id, people: [person, ...others].slice(0, MAX_PEOPLE) };
}

export function sealDevice({ id, people }: Device, secret: string): string {
  const text = [id, ...people].join(".");
  return `${text}~${mac(secret, "device", text)}`;
}

/** Null for whatever was not sealed by us; never throws for bad input. */
export function openDevice(cookie: string | undefined, secret: string): Device | null {
  const [text = "", proof = "", ...rest] = (cookie ?? "").slice(0, 512).split("~");
  if (rest.length > 0 || !FORM.test(text)) return null;
  const expected = Buffer.from(mac(secret, "device", text));
  const given = Buffer.from(proof);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
  const [id = "", ...people] = text.split(".");
  return { id, people };
}
