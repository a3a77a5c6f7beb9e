import { ActionForm } from "@/app/_components/action-form";
import { Instant } from "@/app/_components/instant";
import { SubmitButton } from "@/app/_components/submit-button";
import { LIVE } from "../paths";
import { refreshAction } from "./actions";
import { LiveUpdates } from "./live-updates";

type Props = {
  readonly readAt: Date;
  /** The number of the last entry that is in the numbers. */
  readonly lastSeq: bigint;
  readonly timeZone: string;
  readonly locale: string;
};

/** Reads everything again, and says from when the numbers are: new seconds are what gets announced. */
export function RefreshButton({ readAt, lastSeq, ...where }: Props) {
  return (
    <>
      <LiveUpdates source={LIVE} seq={Number(lastSeq)} className="text-muted text-sm tabular-nums">
        Updated <Instant value={readAt} variant="clock" {...where} />
      </LiveUpdates>
      <ActionForm action={refreshAction}>
        <SubmitButton variant="secondary">
          <svg
            aria-hidden="true"
            viewBox="0 0 16 16"
            className="size-4"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.5"
            strokeLinecap="round"
            strokeLinejoin="round"
          >
            <path d="M13.5 8A5.5 5.5 0 1 1 11.6 3.8L13.5 5.5M13.5 2.2v3.3h-3.3" />
          </svg>
          Refresh
        </SubmitButton>
      </ActionForm>
    </>
  );
}
