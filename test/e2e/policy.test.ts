import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { failure, generation } from '../support/answers.js';
import { startTestServer, type TestServer } from '../support/server.js';

let server: TestServer;

beforeAll(async () => {
  server = await startTestServer();
});
afterAll(async () => {
  await server.stop();
});

describe('the PRC opt-in', () => {
  const wish = { model: 'qwen-image', prompt: 'a tea shop sign' };

  it('is off at first: models of PRC operators are shown as unavailable and refused, planned or run', async () => {
    const shown = await server.call('GET', '/v1/models/qwen-image', { key: server.liveKey });
    expect(shown.body).toMatchObject({
      available: false,
      unavailable_reason: 'needs the PRC opt-in of this workspace',
    });
    for (const key of [server.liveKey, server.testKey]) {
      for (const path of ['/v1/images/generations', '/v1/images/plan']) {
        const answer = await server.call('POST', path, { key, body: wish });
        expect(answer.status).toBe(403);
        expect(failure.parse(answer.body).error).toMatchObject({
          code: 'prc_opt_in_required',
          param: 'model',
        });
      }
    }
  });

  it('takes the exact name of the workspace, acts at once, and can be taken back', async () => {
    const patch = (body: unknown) => server.call('PATCH', '/v1/workspace', { key: server.liveKey, body });
    for (const confirm of [undefined, 'Default', 'yes']) {
      const refused = await patch({ prc_opt_in: true, confirm });
      expect(failure.parse(refused.body).error).toMatchObject({ code: 'invalid_request', param: 'confirm' });
    }
    expect((await patch({ prc_opt_in: true, confirm: 'default' })).body).toMatchObject({ prc_opt_in: true });
    const allowed = await server.call('POST', '/v1/images/plan', { key: server.testKey, body: wish });
    expect(JSON.stringify(allowed.body)).not.toContain('prc_opt_in_required');
    await patch({ prc_opt_in: false, confirm: 'default' });
    const again = await server.call('POST', '/v1/images/plan', { key: server.testKey, body: wish });
    expect(again.status).toBe(403);
  });
});

describe('prompt revision', () => {
  it('of dall-e-3 is kept off with the documented preface, and the receipt shows what was sent and reported', async () => {
    const answer = await server.generate({
      model: 'dall-e-3',
      prompt: 'a plain red cube',
      prompt_revision: false,
      size: '1024x1024',
    });
    const body = generation.parse(answer.body);
    expect(body.receipt).toMatchObject({ prompt: 'a plain red cube', prompt_reported: 'a plain red cube' });
    expect(body.receipt.prompt_sent).toMatch(
      /^I NEED to test how the tool works with extremely simple prompts\..*a plain red cube$/s,
    );
    expect(body.data[0]?.revised_prompt).toBe('a plain red cube');
    expect(body.adjustments).toMatchObject([{ param: 'prompt_revision' }]);
  });

  it('of dall-e-3 happens by default and is reported', async () => {
    const body = generation.parse(
      (await server.generate({ model: 'dall-e-3', prompt: 'a plain red cube' })).body,
    );
    expect(body.receipt['prompt_sent']).toBe('a plain red cube');
    expect(body.receipt['prompt_reported']).not.toBe('a plain red cube');
  });
});
