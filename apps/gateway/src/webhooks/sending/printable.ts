/** Nothing that a terminal or a page would act on. */
export function printable(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}\uFFFD]+/gu, ' ');
}
