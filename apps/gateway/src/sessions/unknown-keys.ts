import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { CredentialsRotation } from '#store';

/** Says at the start that something is stored that no configured key decrypts, before a session fails for it. */
@Injectable()
export class UnknownKeys implements OnApplicationBootstrap {
  private readonly logger = new Logger('Session');

  constructor(private readonly rotation: CredentialsRotation) {}

  /** Nothing waits for it: it reads all that is stored. */
  onApplicationBootstrap(): void {
    void this.warn();
  }

  private async warn(): Promise<void> {
    try {
      const rows = await this.rotation.countUnknown();
      if (rows === 0) return;
      this.logger.warn({ msg: 'stored values are encrypted with a key that is not configured', rows });
    } catch (error) {
      this.logger.warn({ msg: 'which keys the stored values are encrypted with is not known', err: error as Error });
    }
  }
}
