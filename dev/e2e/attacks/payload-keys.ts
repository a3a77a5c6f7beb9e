/** What the framework itself writes: routes, chunks, boundaries, references. */
const OF_THE_FRAMEWORK =
  "S b bound c crossOrigin d error errorScripts errorStyles forbidden h i k n nonce notFound p parallelRouterKey precedence q r s src async t template templateScripts templateStyles unauthorized v";
/** Attributes of elements. */
const OF_HTML =
  "action aria-current aria-describedby aria-hidden aria-invalid aria-label aria-labelledby aria-valuemax aria-valuemin aria-valuenow aria-valuetext autoCapitalize autoComplete bottom charSet children className colSpan content data-category data-cents data-credits data-filled data-forecast data-from-before data-label data-nth data-owed data-own-zone data-part data-pays data-total data-zone dateTime defaultChecked defaultValue dir download fill flexBasis flexGrow form height hidden href htmlFor id inputMode label lang max maxLength media method min minLength name placeholder readOnly rel required role rows rx scope size sizes spellCheck stroke strokeLinecap strokeLinejoin strokeWidth style tabIndex target title type value viewBox width x y";
/** Properties of our own components that run in the browser: what is sent to each, looked at one by one. */
const OF_OUR_COMPONENTS =
  "account after all at bars caption categories classNames cookie credits creditsPerCent days decimal exact first groups headers hint hintId inMs isFirst isFollowed isMuted isQuoted known later ledger limits links locale not_an_amount notation note of offers owed paysBack remaining section sentences seq source state text ticks timeline too_large too_many_decimals too_small total unit used variant waiting working";

/**
 * Members that may be in what a browser is sent of a page. A name that is new here reached a component in the browser:
 * look at what it holds before adding it.
 */
export const PAYLOAD_KEYS: ReadonlySet<string> = new Set(
  [OF_THE_FRAMEWORK, OF_HTML, OF_OUR_COMPONENTS].flatMap((names) => names.split(" ")),
);
