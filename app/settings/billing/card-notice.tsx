import { Notice } from "@/app/_components/notice";
import { type CardFlag, cardFlagSentence } from "./sentences";

const FLAGS: readonly CardFlag[] = ["saved", "failed", "unconfirmed", "unavailable"];

/** What came of saving a card, for who has just come back from it. */
export function CardNotice({ flag }: { readonly flag: string | string[] | undefined }) {
  const known = FLAGS.find((each) => each === flag);
  if (!known) return null;
  const tone = known === "saved" ? "success" : known === "failed" ? "danger" : "warning";
  return (
    <Notice tone={tone} announce>
      {cardFlagSentence(known)}
    </Notice>
  );
}
