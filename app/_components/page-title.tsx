import type { ReactNode } from "react";
import { PageHeading } from "./page-heading";
import { Panel, type PanelProps } from "./panel";
import { Title } from "./title";

type Props = {
  /** Where one is. */
  readonly title: string;
  /** The same as it stands on the page, where that is more than the words. */
  readonly children?: ReactNode;
};

/** Where one is, in the browser's tab and in large letters. */
export const PageTitle = ({ title, children = title }: Props) => (
  <>
    <Title>{title}</Title>
    <PageHeading className="mb-5 w-fit font-semibold text-2xl tracking-tight">{children}</PageHeading>
  </>
);

/** The same for a page whose tab is seen to be the current one. What cannot be seen does not take the focus. */
export const TabTitle = ({ title }: Pick<Props, "title">) => (
  <>
    <Title>{title}</Title>
    <h1 className="sr-only">{title}</h1>
  </>
);

/** A panel that is the page, or the first of several, and has its title. */
export const PagePanel = (props: PanelProps & { readonly title: string }) => (
  <>
    <Title>{props.title}</Title>
    <Panel isPage {...props} />
  </>
);
