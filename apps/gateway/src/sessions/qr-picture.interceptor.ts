import {
  Injectable,
  StreamableFile,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
} from '@nestjs/common';
import type { Request } from 'express';
import QRCode from 'qrcode';
import { mergeMap, type Observable } from 'rxjs';
import type { LinkCodeDto } from './sessions.dto.js';

const WIDTH_PX = 360;

/** Answers a code as a PNG when the client prefers that to JSON. */
@Injectable()
export class QrPicture implements NestInterceptor<LinkCodeDto, LinkCodeDto | StreamableFile> {
  intercept(context: ExecutionContext, next: CallHandler<LinkCodeDto>): Observable<LinkCodeDto | StreamableFile> {
    const request = context.switchToHttp().getRequest<Request>();
    if (request.accepts(['json', 'png']) !== 'png') return next.handle();
    return next.handle().pipe(mergeMap(async ({ code }) => picture(code)));
  }
}

async function picture(code: string): Promise<StreamableFile> {
  const png = await QRCode.toBuffer(code, { type: 'png', width: WIDTH_PX, margin: 2 });
  return new StreamableFile(png, { type: 'image/png', length: png.length });
}
