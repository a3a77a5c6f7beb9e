import type { Access } from "./stripe/access/access";

/**
 * Ends the process, saying why, when its Stripe key is of another account or mode than the database. While Stripe is
 * silent it begins, with buying and plan changes paused, and looks again by itself until it is known.
 */
export async function refuseStripeAccount(access: Access): Promise<void> {
  const sentence = await access.check();
  if (sentence === null) return access.watch();
  process.stderr.write(`${sentence}\n`);
  process.exit(1);
}
