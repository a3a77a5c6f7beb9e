/** A tank that is half full. The product's name stands beside it. */
export function Logo({ size = 20 }: { readonly size?: number }) {
  return (
    <svg
      aria-hidden="true"
      width={size}
      height={size}
      viewBox="0 0 20 20"
      className="shrink-0 text-soft-line"
    >
      <path fill="currentColor" d="M0 9h20v6a5 5 0 0 1-5 5H5a5 5 0 0 1-5-5z" />
      <rect
        x=".75"
        y=".75"
        width="18.5"
        height="18.5"
        rx="4.5"
        fill="none"
        stroke="currentColor"
        strokeWidth="1.5"
      />
    </svg>
  );
}
