import { parseArgs } from "node:util";
import { startSimulator } from "./server";

const HELP = `The Stripe simulator: npx tsx main.ts [options]
  --port 12111                 of 127.0.0.1 (STRIPE_SIM_PORT)
  --data stripe.jsonl          where it remembers; without it, in memory (STRIPE_SIM_DATA_FILE)
  --public-url http://…        base of the hosted pages (STRIPE_SIM_PUBLIC_URL)
  --webhook-url, --webhook-secret   an endpoint that is there from the start (STRIPE_SIM_WEBHOOK_URL, …_SECRET)
  --latency real [--seed 1]    answers as slow as Stripe's
  --limits                     25 requests a second, 20 invoices a day, then 429`;

const { env } = process;
const { values: flags } = parseArgs({
  options: {
    port: { type: "string", default: env.STRIPE_SIM_PORT || "12111" },
    data: { type: "string", default: env.STRIPE_SIM_DATA_FILE || "" },
    "public-url": { type: "string", default: env.STRIPE_SIM_PUBLIC_URL || "" },
    "webhook-url": { type: "string", default: env.STRIPE_SIM_WEBHOOK_URL || "" },
    "webhook-secret": { type: "string", default: env.STRIPE_SIM_WEBHOOK_SECRET || "" },
    latency: { type: "string", default: "none" },
    seed: { type: "string", default: "1" },
    limits: { type: "boolean", default: false },
    help: { type: "boolean", default: false },
  },
});
if (flags.help) {
  console.log(HELP);
  process.exit(0);
}
const [url, secret] = [flags["webhook-url"], flags["webhook-secret"]];
if (url && !secret) throw new Error("a webhook URL needs its secret");
if (flags.latency !== "none" && flags.latency !== "real") throw new Error("--latency: none or real");

const simulator = await startSimulator({
  port: Number(flags.port),
  dataFile: flags.data || null,
  webhook: url ? { url, secret } : null,
  publicUrl: flags["public-url"] || undefined,
  latency: { profile: flags.latency, seed: Number(flags.seed) },
  limits: flags.limits,
});
console.log(`Stripe simulator at ${simulator.url}`);

// Not once: a second Ctrl-C would find nobody who listens, and end it before all was written.
let isClosing = false;
for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.on(signal, () => {
    if (isClosing) return;
    isClosing = true;
    void simulator.close().then(() => process.exit(0));
  });
}
