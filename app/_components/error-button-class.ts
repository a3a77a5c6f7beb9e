/** Error pages come with every page: one class here instead of the whole table of buttons. */
export const ERROR_BUTTON_CLASS =
  "mt-6 inline-flex min-h-11 items-center justify-center rounded-control bg-primary px-5 py-2 font-medium text-[0.9375rem] text-on-primary hover:bg-primary-strong";
