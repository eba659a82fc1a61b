/** The second byte of a marker; the first one is 0xFF. */
const START = 0xd8;
const END = 0xd9;
const SCAN = 0xda;
/** Frame headers, which hold height and width. The three between them are tables. */
const isFrame = (marker: number): boolean => marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
/** Markers that stand inside the data of a scan: a stuffed zero, and restarts. */
const isInsideScan = (marker: number): boolean => marker === 0 || (marker >= 0xd0 && marker <= 0xd7);

/**
 * Whether the bytes are one JPEG from its first marker to its last, with a picture of at least one pixel in it. What
 * the pixels are is not looked at: WhatsApp and phones decode it with care, and so need no decoder here.
 */
export function isWholeJpeg(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes[0] !== 0xff || bytes[1] !== START) return false;
  let hasFrame = false;
  let hasScan = false;
  let at = 2;
  while (at + 2 <= bytes.length) {
    if (bytes[at] !== 0xff) return false;
    const marker = bytes[at + 1] ?? 0;
    // Any number of fill bytes may stand before a marker.
    if (marker === 0xff) at += 1;
    else if (marker === END) return hasFrame && hasScan;
    else {
      if (at + 4 > bytes.length) return false;
      const length = view.getUint16(at + 2);
      if (length < 2 || at + 2 + length > bytes.length) return false;
      if (isFrame(marker)) {
        if (length < 8 || view.getUint16(at + 5) === 0 || view.getUint16(at + 7) === 0) return false;
        hasFrame = true;
      }
      at += 2 + length;
      if (marker === SCAN) {
        hasScan = true;
        at = endOfScan(bytes, at);
      }
    }
  }
  return false;
}

/** Where the next marker stands after the data of a scan; the end of the bytes where there is none. */
function endOfScan(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(0xff, from); at >= 0; at = bytes.indexOf(0xff, at + 1)) {
    const marker = bytes[at + 1];
    if (marker !== undefined && marker !== 0xff && !isInsideScan(marker)) return at;
  }
  return bytes.length;
}
