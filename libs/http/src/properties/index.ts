export { Choice } from './choice.js';
export { Count, type CountOptions } from './count.js';
export { Flag } from './flag.js';
export { JidList, USER_JID_EXPECTED } from './jid-list.js';
export { Choices, TextList, type ListOptions } from './list.js';
export { Moment } from './moment.js';
export { Phone } from './phone.js';
export { type PropertyOptions } from './property.js';
export { isStorable, Text, type TextOptions } from './text.js';
