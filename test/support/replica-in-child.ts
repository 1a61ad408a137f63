// A process with gateways in it, for tests that run several replicas. Does what its parent orders, one answer for each order;
// ends with its parent.
import { replicaOrder, type ReplicaAnswer, type ReplicaOrder } from './replica-messages.js';
import { startTestGateway, type TestGateway } from './test-gateway.js';

/** By the id of the order that started them. */
const gateways = new Map<number, { readonly gateway: TestGateway; now: Date | undefined }>();

async function obey(order: ReplicaOrder): Promise<Omit<ReplicaAnswer, 'id'>> {
  if (order.order === 'start') {
    const now = order.nowMs === undefined ? undefined : new Date(order.nowMs);
    const time = { now };
    const clock = now === undefined ? undefined : () => time.now ?? now;
    const gateway = await startTestGateway(order.env, { clock, random: undefined });
    gateways.set(order.id, Object.assign(time, { gateway }));
    return { url: gateway.url, testKey: gateway.testKey };
  }
  const running = gateways.get(order.server);
  if (running === undefined) throw new Error(`there is no gateway ${order.server}`);
  switch (order.order) {
    case 'time':
      running.now = new Date(order.nowMs);
      return {};
    case 'sweep':
      return { removed: await running.gateway.sweep() };
    case 'stop':
      gateways.delete(order.server);
      await running.gateway.stop();
      return {};
  }
}

process.on('message', (message) => {
  const order = replicaOrder.parse(message);
  obey(order).then(
    (answer) => process.send?.({ id: order.id, ...answer }),
    (error: unknown) =>
      process.send?.({ id: order.id, failure: error instanceof Error ? error.message : 'failed' }),
  );
});
process.on('disconnect', () => process.exit(0));
