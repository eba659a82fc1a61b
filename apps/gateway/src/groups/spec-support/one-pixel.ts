const ALL_BUT_THE_END =
  '/9j/4AAQSkZJRgABAQEASABIAAD/2wBDAP//////////////////////////////////////////////////////////////////////////////////////' +
  'wgALCAABAAEBAREA/8QAFBABAAAAAAAAAAAAAAAAAAAAAP/aAAgBAQABPxA=';

/** A JPEG of one pixel that viewers show. */
export const ONE_PIXEL = Buffer.concat([Buffer.from(ALL_BUT_THE_END, 'base64'), Buffer.from([0xff, 0xd9])]);
