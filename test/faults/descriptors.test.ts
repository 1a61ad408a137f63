/** A process that may open no more files: it keeps what it has, answers whom it knows, and recovers by itself. */
import { readdirSync } from 'node:fs';
import { Agent as HttpAgent, request as httpRequest } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { fetchPicture, generation } from '../support/answers.js';
import { startEmulators, type Emulators } from '../support/emulators.js';
import { PRICE, setLimit, startFaultGateway, until, type FaultGateway } from '../support/fault-gateway.js';
import { createOwnStores, type OwnStores } from '../support/own-stores.js';

const CONNECTIONS = 300;

let emulators: Emulators;
let stores: OwnStores;
let gateway: FaultGateway | undefined;
let sockets: Socket[] = [];

beforeEach(async () => {
  emulators = await startEmulators();
  stores = await createOwnStores('embedded');
});
afterEach(async () => {
  for (const socket of sockets) socket.destroy();
  sockets = [];
  await gateway?.kill();
  gateway = undefined;
  await stores.remove();
  await emulators.close();
});

const bought = () => emulators.records.filter(({ method }) => method === 'POST').length;

/** Asks over a connection that was there before. */
function ask(agent: HttpAgent, url: string): Promise<number> {
  return new Promise((resolve, reject) => {
    httpRequest(url, { agent }, (response) => {
      response.resume();
      response.once('end', () => {
        resolve(response.statusCode ?? 0);
      });
    })
      .once('error', reject)
      .end();
  });
}

it('waits for a descriptor with a picture that is paid for, and serves everybody once connections end', async () => {
  const gate = await startFaultGateway({ ...stores.env, ATELIER_EMULATORS_URL: emulators.root });
  gateway = gate;
  const before = generation.parse((await gate.generate()).body);
  const agent = new HttpAgent({ keepAlive: true, maxSockets: 1 });
  expect(await ask(agent, `${gate.url}/healthz`)).toBe(200);

  const paid = gate.generate('[[emulate:slow-1000]] a pond among many');
  await emulators.arrived('slow');
  const open = readdirSync(`/proc/${gate.pid}/fd`).length;
  await setLimit(gate.pid, 'nofile', open + 8);
  let closed = 0;
  for (let index = 0; index < CONNECTIONS; index += 1) {
    const socket = connect(Number(new URL(gate.url).port), '127.0.0.1');
    socket.once('close', () => (closed += 1)).on('error', () => {});
    sockets.push(socket);
  }
  await until('no descriptor is left', () =>
    Promise.resolve(readdirSync(`/proc/${gate.pid}/fd`).length >= open + 8),
  );
  expect(await ask(agent, `${gate.url}/healthz`)).toBe(200);
  expect(await ask(agent, `${gate.url}/readyz`)).toBe(503);
  // The picture comes now; for two seconds nothing can be opened for it.
  await sleep(3_000);
  expect(readdirSync(`/proc/${gate.pid}/fd`).length).toBeGreaterThanOrEqual(open + 8);
  // Whoever could not be taken was told so.
  expect(closed).toBeGreaterThan(CONNECTIONS / 2);

  for (const socket of sockets) socket.destroy();
  const answer = await paid;
  expect(answer.status).toBe(200);
  expect((await fetchPicture(generation.parse(answer.body).data[0]?.url)).width).toBe(1024);
  // The limit is still as low.
  await expect.poll(() => gate.status('/readyz')).toBe(200);
  expect((await fetchPicture(before.data[0]?.url)).width).toBe(1024);
  expect((await gate.generate()).status).toBe(200);
  expect(bought()).toBe(3);
  await gate.expectSpent(3 * PRICE);
  expect(await gate.stop()).toBe(0);
  agent.destroy();
}, 120_000);
