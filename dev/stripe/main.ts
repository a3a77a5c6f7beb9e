import { startSimulator } from "./server";

const { env } = process;
const webhookUrl = env.STRIPE_SIM_WEBHOOK_URL;
const webhookSecret = env.STRIPE_SIM_WEBHOOK_SECRET;
if (webhookUrl && !webhookSecret) throw new Error("STRIPE_SIM_WEBHOOK_URL needs STRIPE_SIM_WEBHOOK_SECRET");

const simulator = await startSimulator({
  port: Number(env.STRIPE_SIM_PORT || 12111),
  dataFile: env.STRIPE_SIM_DATA_FILE || null,
  webhook: webhookUrl && webhookSecret ? { url: webhookUrl, secret: webhookSecret } : null,
  publicUrl: env.STRIPE_SIM_PUBLIC_URL || undefined,
});
console.log(`Stripe simulator at ${simulator.url}`);

for (const signal of ["SIGTERM", "SIGINT"] as const) {
  process.once(signal, () => {
    void simulator.close().then(() => process.exit(0));
  });
}
