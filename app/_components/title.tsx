import { env } from "@/lib/env";

/**
 * What the browser's tab says and screen readers announce. In the page itself, so that it changes at the same instant: the
 * framework's own titles come after the page they are of, and by then an empty one, or that of the page before, was read out.
 */
export const Title = ({ children }: { readonly children: string }) => (
  <title>{`${children} · ${env().PRODUCT_NAME}`}</title>
);
