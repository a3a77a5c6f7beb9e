import { notFound } from "next/navigation";
import { notFoundTitle } from "@/app/_components/not-found-message";
import { HOME_PATH } from "@/lib/auth/callback-url";
import { requireCustomer } from "@/lib/auth/session";

export const generateMetadata = notFoundTitle;

/** Addresses that are none: without a page of their own they would be answered outside the shell. */
export default async function UnknownPage() {
  await requireCustomer(HOME_PATH);
  notFound();
}
