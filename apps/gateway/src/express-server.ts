import { ExpressAdapter } from '@nestjs/platform-express';
import type { Express } from 'express';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { answerUpgrades, leavesHttp } from '#http';

/**
 * Express changes the prototype of every request and every response that Node has made. V8 pays for that twice: such
 * objects are slow from then on, and what hangs on them survives its quick collections, so that reads cost almost double.
 * Here they are made with the very prototypes that Express wants, and it has nothing to change.
 */
export class ExpressServer extends ExpressAdapter {
  override initHttpServer(): void {
    const app = this.getInstance<Express>();
    class ExpressRequest extends IncomingMessage {
      declare private asksForUpgrade: boolean | null;

      /** Node sets it for each request that asks for another protocol, and then asks whether to leave HTTP. */
      get upgrade(): boolean {
        return this.asksForUpgrade === true && leavesHttp(this);
      }

      set upgrade(asks: boolean | null) {
        this.asksForUpgrade = asks;
      }
    }
    class ExpressResponse extends ServerResponse<ExpressRequest> {}
    app.request = insert(ExpressRequest.prototype, app.request);
    app.response = insert(ExpressResponse.prototype, app.response);
    const classes = { IncomingMessage: ExpressRequest, ServerResponse: ExpressResponse };
    // Node's own 400 has no body; `requireHost` refuses in its place.
    this.httpServer = createServer({ ...classes, requireHostHeader: false }, app);
    answerUpgrades(this.httpServer, app, (request) => new ExpressResponse(request as ExpressRequest));
  }
}

/** `prototype`, with all of `parent` below it. */
function insert<T extends object>(prototype: object, parent: T): T {
  return Object.setPrototypeOf(prototype, parent) as T;
}
