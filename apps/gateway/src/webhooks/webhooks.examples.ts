/** Bodies that can be sent as they are; Swagger UI would make one up of every field, whose session does not exist. */
export const CREATION_EXAMPLES = {
  all: {
    summary: 'every event of every session',
    value: { url: 'https://example.com/whatsapp', events: ['*'] },
  },
  some: {
    summary: 'some events of one session, with a secret and a header of its own',
    value: {
      url: 'https://example.com/whatsapp',
      events: ['group.participant', 'session.status'],
      sessionId: '01JD4Z0S3M8Q1V7C5T9B2N6XKR',
      secret: 'a secret of sixteen characters or more',
      customHeaders: { Authorization: 'Bearer of-the-endpoint' },
      retryPolicy: { policy: 'exponential', delaySeconds: 2, attempts: 15 },
    },
  },
};
export const CHANGE_EXAMPLES = {
  resume: { summary: 'end a pause', value: { active: true } },
  secret: { summary: 'another secret', value: { secret: 'another secret of sixteen characters' } },
};
