import type { ReactNode } from "react";
import { auth } from "@/lib/auth/session";
import { env } from "@/lib/env";
import { buttonClass } from "../_components/button-class";
import { Logo } from "../_components/logo";
import { NavLinks } from "../_components/nav-links";
import { NAV_LOOKS } from "../_components/nav-looks";
import { Notice } from "../_components/notice";
import { signOutAction } from "../sign-in/actions";
import { COLLEAGUES } from "./colleagues/words";
import { SECOND_FACTOR_PATH } from "./profile/second-factor/path";

const LINKS = [
  { href: "/settings/profile", label: "Profile" },
  { href: COLLEAGUES, label: "Colleagues" },
  { href: "/settings/billing/overview", label: "Billing & Subscription", section: "/settings/billing" },
];

/** The shell around every signed-in page. It protects nothing: each page asks for its customer itself. */
export default async function SettingsLayout({ children }: { readonly children: ReactNode }) {
  const customer = await auth();
  return (
    <div className="min-h-dvh md:grid md:grid-cols-[14.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-10 rounded-control bg-primary px-4 py-2 text-on-primary focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b bg-panel px-4 py-3 md:sticky md:top-0 md:h-dvh md:flex-col md:flex-nowrap md:items-stretch md:gap-0 md:overflow-y-auto md:border-r md:border-b-0 md:px-3.5 md:py-5">
        <p className="flex min-w-0 items-center gap-2.5 font-semibold md:px-2.5">
          <Logo />
          <span className="truncate">{env().PRODUCT_NAME}</span>
        </p>
        <p aria-hidden="true" className="mt-7 mb-2 hidden px-2.5 text-muted text-sm md:block">
          Settings
        </p>
        <div className="order-last w-full min-w-0 md:order-none">
          <NavLinks label="Settings" links={LINKS} {...NAV_LOOKS.sidebar} />
        </div>
        {customer && (
          <div className="ml-auto flex min-w-0 items-center gap-3 md:mt-auto md:ml-0 md:block md:border-line md:border-t md:px-2.5 md:pt-4">
            <p className="hidden min-w-0 text-sm sm:block md:mb-3">
              <bdi className="block truncate font-medium">{customer.name}</bdi>
              <bdi className="block truncate text-muted">{customer.email}</bdi>
            </p>
            <form action={signOutAction}>
              <button
                type="submit"
                className={buttonClass("secondary", "medium", "whitespace-nowrap md:w-full")}
              >
                Sign out
              </button>
            </form>
          </div>
        )}
      </header>
      <main
        id="main"
        tabIndex={-1}
        className="mx-auto w-full min-w-0 max-w-[67.5rem] px-4 py-6 sm:px-6 md:px-10 md:py-9"
      >
        {customer?.mustAddFactor && (
          <Notice tone="warning" className="mb-5">
            You run this product, which takes a second factor: until it is on, you are a customer like any
            other.{" "}
            <a href={SECOND_FACTOR_PATH} className="font-medium underline">
              Set it up
            </a>
          </Notice>
        )}
        {children}
      </main>
    </div>
  );
}
