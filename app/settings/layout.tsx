import type { ReactNode } from "react";
import { auth } from "@/lib/auth/session";
import { env } from "@/lib/env";
import { buttonClass } from "../_components/button-class";
import { Logo } from "../_components/logo";
import { NavLinks } from "../_components/nav-links";
import { NAV_LOOKS } from "../_components/nav-looks";
import { Notice } from "../_components/notice";
import { TellTimeZone } from "../_components/tell-time-zone";
import { signOutAction } from "../sign-in/actions";
import { COLLEAGUES } from "./colleagues/words";
import { SECOND_FACTOR_PATH } from "./profile/second-factor/path";
import { ZoneLine } from "./zone-line";

const LINKS = [
  { href: "/settings/profile", label: "Profile" },
  { href: COLLEAGUES, label: "Colleagues" },
  {
    href: "/settings/billing/overview",
    label: (
      <>
        Billing<span className="max-sm:sr-only"> & Subscription</span>
      </>
    ),
    section: "/settings/billing",
  },
];

/** The shell around every signed-in page. It protects nothing: each page asks for its customer itself. */
export default async function SettingsLayout({ children }: { readonly children: ReactNode }) {
  // Where that fails the page fails too, and says so inside the shell.
  const customer = await auth().catch(() => null);
  return (
    <div className="min-h-dvh lg:grid lg:grid-cols-[14.5rem_minmax(0,1fr)]">
      <a
        href="#main"
        className="sr-only z-10 rounded-control bg-primary px-4 py-2 text-on-primary focus:not-sr-only focus:absolute focus:top-2 focus:left-2"
      >
        Skip to content
      </a>
      <header className="flex flex-wrap items-center gap-x-4 gap-y-2 border-line border-b bg-panel px-4 py-3 lg:sticky lg:top-0 lg:h-dvh lg:flex-col lg:flex-nowrap lg:items-stretch lg:gap-0 lg:overflow-y-auto lg:border-r lg:border-b-0 lg:px-3.5 lg:py-5">
        <p className="flex min-w-0 items-center gap-2.5 font-semibold lg:px-2.5">
          <Logo />
          <span className="truncate">{env().PRODUCT_NAME}</span>
        </p>
        <p aria-hidden="true" className="mt-7 mb-2 hidden px-2.5 text-muted text-sm lg:block">
          Settings
        </p>
        <div className="order-last w-full min-w-0 lg:order-none">
          <NavLinks label="Settings" links={LINKS} {...NAV_LOOKS.sidebar} />
        </div>
        {customer && (
          <div className="ml-auto flex min-w-0 items-center gap-3 lg:mt-auto lg:ml-0 lg:block lg:border-line lg:border-t lg:px-2.5 lg:pt-4">
            <p className="hidden min-w-0 text-sm sm:block lg:mb-3">
              <bdi className="block truncate font-medium">{customer.name}</bdi>
              <bdi className="block truncate text-muted">{customer.email}</bdi>
            </p>
            <form action={signOutAction}>
              <button
                type="submit"
                className={buttonClass("secondary", "medium", "whitespace-nowrap lg:w-full")}
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
        className="group/main mx-auto w-full min-w-0 max-w-[67.5rem] px-4 py-6 sm:px-6 lg:px-8 lg:py-9 xl:px-10"
      >
        {customer?.mustAddFactor && (
          <Notice tone="warning" className="mb-5">
            You run this product, so you need a second factor. Until it is on, you can do only what any
            customer can.{" "}
            <a href={SECOND_FACTOR_PATH} className="font-medium underline">
              Set it up
            </a>
          </Notice>
        )}
        {children}
        {customer && (
          <>
            <ZoneLine customer={customer} now={new Date()} />
            <TellTimeZone isFollowed={customer.zoneFrom !== "person"} />
          </>
        )}
      </main>
    </div>
  );
}
