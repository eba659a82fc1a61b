import { Controller, Delete, Get, Put } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { Caller, Requires, type Principal } from '#auth';
import { BAD_GROUP_JID, Bytes, GroupJidParam, Idempotent, NeverKnown, Operation, RawBody, SessionParam } from '#http';
import { PictureDto } from './groups.dto.js';
import { BAD_PICTURE, LIVE, NOT_A_JPEG, NOT_ADMIN, NOT_FOUND, NO_PICTURE, PICTURE_TOO_LARGE } from './groups.errors.js';
import { PictureRemoved } from './picture-removed.js';
import { JpegPipe } from './jpeg.pipe.js';
import { PicturesService } from './pictures.service.js';

/** More than any client of WhatsApp makes of a picture. */
const LARGEST_PICTURE = 512 * 1024;

@ApiTags('Groups')
@Controller('api/v1/sessions/:session/groups/:gid/picture')
export class PicturesController {
  constructor(private readonly pictures: PicturesService) {}

  @Get()
  @Requires('read')
  @Operation({
    id: 'getGroupPicture',
    summary: 'The picture of a group',
    description: 'Where it can be fetched from, for a while.',
    returns: PictureDto,
    errors: [BAD_GROUP_JID, NOT_ADMIN, ...NOT_FOUND, NO_PICTURE, ...LIVE],
  })
  async get(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
  ): Promise<PictureDto> {
    return { url: await this.pictures.url(caller, session, gid) };
  }

  @Put()
  @Requires('send')
  @Idempotent(NeverKnown)
  @RawBody({ type: 'image/jpeg', limitBytes: LARGEST_PICTURE, description: 'A square JPEG of at most 512 KiB' })
  @Operation({
    id: 'setGroupPicture',
    summary: 'Give a group a picture',
    description: 'It is shown as it is sent: square, 640 × 640 as a rule.',
    success: 204,
    errors: [BAD_GROUP_JID, ...BAD_PICTURE, PICTURE_TOO_LARGE, NOT_A_JPEG, NOT_ADMIN, ...NOT_FOUND, ...LIVE],
  })
  async set(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
    @Bytes(JpegPipe) picture: Buffer,
  ): Promise<void> {
    await this.pictures.set(caller, session, gid, picture);
  }

  @Delete()
  @Requires('send')
  @Idempotent(PictureRemoved)
  @Operation({
    id: 'removeGroupPicture',
    summary: 'Take the picture of a group away',
    description: 'Also a success when it has none.',
    success: 204,
    errors: [BAD_GROUP_JID, NOT_ADMIN, ...NOT_FOUND, ...LIVE],
  })
  async remove(
    @Caller() caller: Principal,
    @SessionParam() session: string,
    @GroupJidParam() gid: string,
  ): Promise<void> {
    await this.pictures.remove(caller, session, gid);
  }
}
