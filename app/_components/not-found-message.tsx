import type { Metadata } from "next";
import { HOME_PATH } from "@/lib/auth/callback-url";
import { env } from "@/lib/env";
import { Title } from "./title";

const TITLE = "Not found";

/** As metadata too, where a page says that it is not there: what stands in its place is drawn by the browser, too late for the head. */
export const notFoundTitle = (): Metadata => ({ title: `${TITLE} · ${env().PRODUCT_NAME}` });

/** The same for what never existed and for what is somebody else's. */
export function NotFoundMessage() {
  return (
    // Sent with every page, for the case that it calls itself not found.
    <div className="error-page">
      <Title>{TITLE}</Title>
      <h1>There is nothing here</h1>
      <p>This page does not exist, or it belongs to another account.</p>
      {/* No script follows it: every page would load that once more for this one. */}
      <a href={HOME_PATH}>Go to Billing & Subscription</a>
    </div>
  );
}
