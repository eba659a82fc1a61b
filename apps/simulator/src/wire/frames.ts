const LENGTH_BYTES = 3;
const MAX_LENGTH = 0xffffff;
/** `ED` 0 1, three bytes of length, that many bytes: where an earlier connection was told to come back to. */
const ROUTING = Buffer.from('ED\0\x01', 'latin1');
/** `WA`, protocol 6, dictionary 3. */
export const INTRO = Buffer.from([0x57, 0x41, 6, 3]);

export function frame(payload: Uint8Array): Buffer {
  if (payload.length > MAX_LENGTH) throw new RangeError(`a frame cannot carry ${payload.length} bytes`);
  const framed = Buffer.allocUnsafe(LENGTH_BYTES + payload.length);
  framed.writeUIntBE(payload.length, 0, LENGTH_BYTES);
  framed.set(payload, LENGTH_BYTES);
  return framed;
}

/** Cuts a client's bytes into frames; they need not arrive as they were sent. */
export class FrameReader {
  private pending: Buffer = Buffer.alloc(0);
  private introduced = false;

  /** Throws when the bytes do not start as WhatsApp's do. */
  push(bytes: Buffer): Buffer[] {
    this.pending = this.pending.length === 0 ? bytes : Buffer.concat([this.pending, bytes]);
    if (!this.introduced && !this.readIntro()) return [];
    const frames: Buffer[] = [];
    for (;;) {
      const payload = this.take(0);
      if (payload === undefined) return frames;
      frames.push(payload);
    }
  }

  private readIntro(): boolean {
    if (this.pending.length < INTRO.length) return false;
    if (this.pending.subarray(0, ROUTING.length).equals(ROUTING) && this.take(ROUTING.length) === undefined)
      return false;
    if (this.pending.length < INTRO.length) return false;
    if (!this.pending.subarray(0, INTRO.length).equals(INTRO)) throw new Error('not a WhatsApp client: wrong intro');
    this.pending = this.pending.subarray(INTRO.length);
    this.introduced = true;
    return true;
  }

  private take(offset: number): Buffer | undefined {
    const start = offset + LENGTH_BYTES;
    if (this.pending.length < start) return undefined;
    const end = start + this.pending.readUIntBE(offset, LENGTH_BYTES);
    if (this.pending.length < end) return undefined;
    const payload = this.pending.subarray(start, end);
    this.pending = this.pending.subarray(end);
    return payload;
  }
}
