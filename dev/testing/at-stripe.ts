/** What Stripe's dashboard, or the payer's bank, does to an object of the simulator's: `charges/ch_…/refund`, `disputes/dp_…/lose`. */
export const atStripeOf =
  (shop: { readonly simulator: { readonly url: string } }) =>
  async (path: string, body: object = {}): Promise<{ id: string }> => {
    const answer = await fetch(`${shop.simulator.url}/_sim/${path}`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as { id: string };
  };
