import assert from 'node:assert/strict';
import { test } from 'node:test';
import { request as ask } from '../src/request.js';

const URL = 'https://avis.example.fr/api/v1/avis';

// The only part of a browser that is needed: something that tells policy violations.
globalThis.document = /** @type {any} */ (new EventTarget());

/** A request answered by `fetch`, in the place of the browser's. */
function request(url, init, fetch) {
  globalThis.fetch = fetch;
  return ask(url, init);
}

const answering = (status, body, headers) => async () => new Response(body, { status, headers });
const violation = (blockedURI, disposition = 'enforce') =>
  Object.assign(new Event('securitypolicyviolation'), { blockedURI, disposition });

test('nothing of the person goes with a request', async () => {
  let given;
  await request(URL, { method: 'POST' }, async (_url, init) => {
    given = init;
    return new Response('{}');
  });
  assert.equal(given.credentials, 'omit');
  assert.equal(given.mode, 'cors');
  assert.equal(given.referrerPolicy, 'strict-origin-when-cross-origin');
  assert.equal(given.method, 'POST');
});

for (const [status, cause] of [
  [200, undefined],
  [201, undefined],
  [403, 'origine'],
  [409, 'serveur'],
  [410, 'ferme'],
  [422, 'serveur'],
  [429, 'limite'],
  [503, 'serveur'],
]) {
  test(`${status} is told as ${cause ?? 'a success'}`, async () => {
    const answer = await request(URL, {}, answering(status, '{"code":"x"}'));
    assert.deepEqual([answer.status, answer.cause, answer.body.code], [status, cause, 'x']);
  });
}

test('a body that is not JSON is an empty one', async () => {
  for (const body of ['', '<html>', 'null']) {
    assert.deepEqual((await request(URL, {}, answering(502, body))).body, {});
  }
});

test('Retry-After is read in seconds; a date is not, since the clock of the device may be wrong', async () => {
  const wait = async (value) => (await request(URL, {}, answering(429, '{}', { 'Retry-After': value }))).retryAfter;
  assert.equal(await wait('12'), 12);
  assert.equal(await wait('Wed, 21 Oct 2026 07:28:00 GMT'), undefined);
});

test('a broken network is an answer, not an exception', async () => {
  const answer = await request(URL, {}, async () => {
    throw new TypeError('Failed to fetch');
  });
  assert.deepEqual(answer, { status: 0, body: {}, cause: 'reseau' });
});

test('an answer is waited for eight seconds', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  let aborted = false;
  const waiting = request(
    URL,
    {},
    (_url, { signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => {
          aborted = true;
          reject(signal.reason);
        });
      }),
  );
  t.mock.timers.tick(7999);
  assert.equal(aborted, false);
  t.mock.timers.tick(1);
  assert.equal(aborted, true);
  t.mock.timers.reset();
  assert.equal((await waiting).status, 0);
});

for (const [name, event, cause] of [
  ['a refusal by the policy of the page is told apart', violation(URL), 'csp'],
  ['a refusal of another address is not ours', violation('https://elsewhere.example/x'), 'reseau'],
  ['a policy that only reports refuses nothing', violation(URL, 'report'), 'reseau'],
]) {
  test(name, async () => {
    const answer = await request(URL, {}, async () => {
      // The browser tells it in a later task than the failure.
      setTimeout(() => document.dispatchEvent(event));
      throw new TypeError('Failed to fetch');
    });
    assert.equal(answer.cause, cause);
  });
}
