import type { Metadata } from "next";
import { HOME_PATH } from "@/lib/auth/callback-url";
import { LinkButton } from "./_components/button";

export const metadata: Metadata = { title: "Not found" };

export default function NotFound() {
  return (
    <div className="mx-auto max-w-md px-4 py-16 text-center">
      <h1 className="mb-2 font-semibold text-xl">There is nothing here</h1>
      <p className="text-muted">This page does not exist, or it belongs to another account.</p>
      <LinkButton href={HOME_PATH} variant="primary" size="large" className="mt-6">
        Go to Billing & Subscription
      </LinkButton>
    </div>
  );
}
