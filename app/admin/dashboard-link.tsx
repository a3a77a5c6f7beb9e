import { type DashboardKind, dashboardUrl } from "./paths";

type Props = { readonly kind: DashboardKind; readonly id: string };

/** An object of Stripe's, by its id, as Stripe's dashboard shows it. */
export const DashboardLink = ({ kind, id }: Props) => (
  <a href={dashboardUrl(kind, id)} className="[overflow-wrap:anywhere] underline" rel="noreferrer">
    <code className="text-sm">{id}</code>
    <span className="sr-only"> at Stripe</span>
  </a>
);
