import type { StoredCredential } from '#whatsapp';

export interface Size {
  items: number;
  /** As stored: encrypted. */
  bytes: number;
}

export interface CredentialSizes extends Size {
  kinds: Record<string, Size>;
}

/** How much there is, altogether and of each kind. */
export function sizesOf(stored: readonly StoredCredential[]): CredentialSizes {
  const kinds = new Map<string, Size>();
  for (const { kind, bytes } of stored) {
    const size = kinds.get(kind) ?? { items: 0, bytes: 0 };
    kinds.set(kind, { items: size.items + 1, bytes: size.bytes + bytes });
  }
  const bytes = stored.reduce((sum, item) => sum + item.bytes, 0);
  return { items: stored.length, bytes, kinds: Object.fromEntries(kinds) };
}
