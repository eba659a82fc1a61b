import { element } from './node.js';
import { known, WHATSAPP, type Query } from './query.js';

export function pictureUrl(groupJid: string): Query<string> {
  return {
    ...of(groupJid, 'get'),
    content: element('picture', { type: 'image', query: 'url' }),
    expect: ['picture'],
    read: (picture) => known(picture, picture.attrs.url !== undefined).attrs.url ?? '',
  };
}

export function pictureUpdate(groupJid: string, jpeg: Uint8Array): Query<void> {
  return {
    ...of(groupJid, 'set'),
    content: element('picture', { type: 'image' }, jpeg),
    expect: ['picture'],
    read: () => undefined,
  };
}

export function pictureRemoval(groupJid: string): Query<void> {
  return { ...of(groupJid, 'set'), expect: [], read: () => undefined };
}

function of<T extends 'get' | 'set'>(
  groupJid: string,
  type: T,
): { xmlns: string; to: string; target: string; type: T } {
  return { xmlns: 'w:profile:picture', to: WHATSAPP, target: groupJid, type };
}
