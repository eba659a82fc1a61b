/** A WhatsApp Web version, `2.3000.<n>`. */
export type WhatsAppVersion = readonly [number, number, number];

const FORM = /^2\.3000\.(\d{1,12})$/;

/** `undefined` when the text is not one. */
export function parseWhatsAppVersion(text: string): WhatsAppVersion | undefined {
  const build = FORM.exec(text)?.[1];
  return build === undefined ? undefined : [2, 3000, Number(build)];
}
