import { Module, type DynamicModule } from '@nestjs/common';
import { DeliveryFanOut, DeliveryLanes, DeliveryOutcomes, DeliveryWork, Wakeups, type LeaseHolder } from '#store';
import { SendingModule, WebhookSender } from '../sending/index.js';
import { LagWatch } from './lag-watch.js';
import { WebhookDestinations } from './webhook-destinations.js';
import { WebhookDispatcher } from './webhook-dispatcher.js';

/** Deliveries go on for as long as the application does. */
@Module({})
export class DispatchingModule {
  static forRoot(holder: LeaseHolder): DynamicModule {
    return {
      module: DispatchingModule,
      imports: [SendingModule],
      providers: [
        LagWatch,
        WebhookDestinations,
        {
          provide: WebhookDispatcher,
          inject: [
            DeliveryFanOut,
            DeliveryLanes,
            DeliveryWork,
            DeliveryOutcomes,
            WebhookDestinations,
            WebhookSender,
            Wakeups,
          ],
          useFactory: (
            fanOut: DeliveryFanOut,
            lanes: DeliveryLanes,
            work: DeliveryWork,
            outcomes: DeliveryOutcomes,
            destinations: WebhookDestinations,
            sender: WebhookSender,
            wakeups: Wakeups,
          ) => new WebhookDispatcher({ fanOut, lanes, work, outcomes, destinations, sender, wakeups, holder }),
        },
      ],
    };
  }
}
