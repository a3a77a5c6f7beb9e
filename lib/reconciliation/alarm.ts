import { createHmac } from "node:crypto";

/** Where an alarm goes, and the secret with which it is signed. */
export type AlarmTarget = { readonly url: string; readonly secret: string };

/** What an alarm says: counts and ids, and nothing of a customer's. */
export type Alarm = {
  readonly kind: string;
  readonly finishedAt: string;
  readonly drift: number;
  readonly found: readonly {
    readonly what: string;
    readonly object: string;
    readonly account: string | null;
  }[];
};

const PATIENCE_MS = 10_000;

/** The header of an alarm: when it was signed, and HMAC-SHA256 over `<t>.<body>`. */
const ALARM_HEADER = "refill-signature";

export const signAlarm = (body: string, secret: string, seconds: number): string =>
  `t=${seconds},v1=${createHmac("sha256", secret).update(`${seconds}.${body}`).digest("hex")}`;

/** Thrown so that the alarm is sent again later. */
export class AlarmNotTaken extends Error {
  override name = "AlarmNotTaken";
}

/** Posts an alarm, signed. Throws `AlarmNotTaken` for anything but a 2xx; redirects are not followed. */
export async function sendAlarm({ url, secret }: AlarmTarget, alarm: Alarm, now: Date): Promise<void> {
  const body = JSON.stringify(alarm);
  const headers = {
    "content-type": "application/json",
    [ALARM_HEADER]: signAlarm(body, secret, Math.floor(now.getTime() / 1000)),
  };
  const signal = AbortSignal.timeout(PATIENCE_MS);
  const answer = await fetch(url, { method: "POST", headers, body, signal, redirect: "manual" }).catch(
    () => null,
  );
  await answer?.body?.cancel();
  if (!answer?.ok) throw new AlarmNotTaken(`the alarm was not taken: ${answer?.status ?? "no answer"}`);
}
