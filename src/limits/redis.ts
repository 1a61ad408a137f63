import { Redis } from 'ioredis';

/** A Redis that does not answer is a Redis that is down: no call waits longer for it. */
const COMMAND_TIMEOUT_MS = 500;
const CONNECT_TIMEOUT_MS = 2_000;
const MAX_RECONNECT_DELAY_MS = 1_000;

/** A connection that keeps itself alive. */
export interface SharedRedis {
  readonly client: Redis;
  close(): Promise<void>;
}

export interface RedisWatch {
  /** Called once per outage: until `onBack`, each process counts for itself. */
  readonly onLost: (error: Error | undefined) => void;
  readonly onBack: () => void;
}

/**
 * Connects to the Redis that several processes share. Waits a moment for the connection, but starts without it: Redis
 * may be down at any time, and then its commands fail at once instead of waiting.
 */
export async function connectRedis(url: string, watch: RedisWatch): Promise<SharedRedis> {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    // A connection that says nothing to a command is given up and made again.
    socketTimeout: CONNECT_TIMEOUT_MS,
    connectTimeout: CONNECT_TIMEOUT_MS,
    retryStrategy: (attempt) => Math.min(attempt * 50, MAX_RECONNECT_DELAY_MS),
  });
  let lost = false;
  let closing = false;
  let lastError: Error | undefined;
  const lose = () => {
    if (lost || closing) return;
    lost = true;
    watch.onLost(lastError);
  };
  redis.on('error', (error: Error) => {
    lastError = error;
    lose();
  });
  redis.on('close', lose);
  redis.on('ready', () => {
    if (lost) watch.onBack();
    lost = false;
  });
  await new Promise<void>((resolve) => {
    redis.once('ready', resolve);
    redis.once('close', resolve);
  });
  return {
    client: redis,
    close: async () => {
      closing = true;
      if (redis.status === 'ready') {
        await redis.quit().catch(() => {
          // It is gone already.
        });
      }
      redis.disconnect();
    },
  };
}
