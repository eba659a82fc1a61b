import type { Response } from 'express';
import { LRUCache } from 'lru-cache';
import { entityTag, namesTag } from './entity-tag.js';

/** Something stored that can be shown, and whose version can be told without reading it. */
export interface VersionedRead {
  /** What it is, for the entity tag: `members`. */
  kind: string;
  /** Which one, of its kind: the whole path, and the page. */
  key: string;
  /** The version now. Rejects as `read` does, for everybody who may not see it. */
  version(): Promise<string>;
  /** What to show, and the very version that it is of. */
  read(): Promise<{ version: string; value: unknown }>;
}

interface Rendered {
  version: string;
  tag: string;
  json: Buffer;
}

/**
 * Some hundred lists of a hundred members each. The process needs 145 MB without it and is to stay below 200: this much
 * leaves room for what a busy heap adds.
 */
const MOST_BYTES = 32 * 1024 * 1024;
/** About what an entry takes beside its bytes. */
const ENTRY_BYTES = 512;

/**
 * Answers reads of what carries a version: 304 to who has it already, and the same bytes as before while the version
 * stands, both without reading any rows. The version is asked of the database each time, along with whether the caller
 * may see the thing at all; so what was shown to one caller is shown to no other who may not, and never once it is old.
 */
export class RenderedReads {
  private readonly rendered: LRUCache<string, Rendered>;

  constructor(mostBytes = MOST_BYTES) {
    this.rendered = new LRUCache({
      maxSize: mostBytes,
      sizeCalculation: ({ json }, key) => json.length + key.length + ENTRY_BYTES,
    });
  }

  /** What is kept now, in bytes. */
  get bytes(): number {
    return this.rendered.calculatedSize;
  }

  async answer(response: Response, read: VersionedRead): Promise<void> {
    const wanted = response.req.headers['if-none-match'];
    const name = `${read.kind} ${read.key}`;
    const kept = this.rendered.get(name);
    if (kept || wanted !== undefined) {
      const version = await read.version();
      const tag = kept?.version === version ? kept.tag : entityTag(read.kind, version);
      if (wanted !== undefined && namesTag(wanted, tag)) return notModified(response, tag);
      if (kept?.version === version) return write(response, kept);
    }
    const { version, value } = await read.read();
    const fresh = { version, tag: entityTag(read.kind, version), json: Buffer.from(JSON.stringify(value)) };
    this.rendered.set(name, fresh);
    write(response, fresh);
  }
}

function notModified(response: Response, tag: string): void {
  response.statusCode = 304;
  response.setHeader('ETag', tag);
  response.end();
}

function write(response: Response, { tag, json }: Rendered): void {
  response.setHeader('ETag', tag);
  response.setHeader('Content-Type', 'application/json; charset=utf-8');
  response.setHeader('Content-Length', json.length);
  response.end(json);
}
