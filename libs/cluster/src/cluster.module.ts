import { Module, type DynamicModule } from '@nestjs/common';
import { SessionLeases } from '#store';
import { LeaseKeeper, type LeaseKeeperOptions } from './lease-keeper.js';

/** Which sessions are this process's to run, for the whole application. */
@Module({})
export class ClusterModule {
  static forRoot(options: LeaseKeeperOptions): DynamicModule {
    return {
      module: ClusterModule,
      global: true,
      providers: [
        {
          provide: LeaseKeeper,
          inject: [SessionLeases],
          useFactory: (leases: SessionLeases) => new LeaseKeeper(leases, options),
        },
      ],
      exports: [LeaseKeeper],
    };
  }
}
