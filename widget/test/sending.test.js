import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSender, mayRetry } from '../src/sending.js';

const STORED = { status: 201, body: {} };
const LOST = { status: 0, body: {}, cause: 'reseau' };
const refused = (status, body = {}, retryAfter = undefined) => ({ status, body, retryAfter, cause: 'serveur' });
const state = (etape) => ({ cle: 'one', etape });

/** A collector that answers `answers` in turn, then stores, and a clock that only writes down what was waited for. */
function collector(...answers) {
  const seen = { posts: [], waits: [], inFlight: 0, most: 0, renewals: 0 };
  const send = createSender({
    async post(avis) {
      seen.posts.push(avis);
      seen.inFlight += 1;
      seen.most = Math.max(seen.most, seen.inFlight);
      const answer = await (answers.shift() ?? STORED);
      seen.inFlight -= 1;
      return answer;
    },
    async renew() {
      seen.renewals += 1;
      return true;
    },
    async pause(milliseconds) {
      seen.waits.push(milliseconds);
    },
    draw: () => 0.5,
  });
  return { send, seen };
}

/** An answer that comes when it is told to. */
function later() {
  let come;
  const promise = new Promise((resolve) => {
    come = resolve;
  });
  return { promise, come };
}

test('an avis that is stored is posted once', async () => {
  const { send, seen } = collector(STORED);
  assert.equal(await send(state(1)), STORED);
  assert.equal(seen.posts.length, 1);
});

test('200 is stored too: the collector had it already', async () => {
  const { send } = collector({ status: 200, body: {} });
  assert.equal((await send(state(1))).cause, undefined);
});

test('a retry posts the very same avis, with the same cle and etape', async () => {
  const { send, seen } = collector(LOST, refused(503));
  assert.equal(await send(state(1)), STORED);
  assert.deepEqual(seen.posts, [state(1), state(1), state(1)]);
});

test('three tries are made, farther and farther apart', async () => {
  const { send, seen } = collector(LOST, LOST, LOST, STORED);
  assert.equal(await send(state(1)), LOST);
  assert.equal(seen.posts.length, 3);
  assert.deepEqual(seen.waits, [600, 1200]);
});

test('the wait varies by half, so that a crowd does not come back all at once', async () => {
  for (const [random, wait] of [
    [0, 300],
    [0.999, 899.4],
  ]) {
    const waits = [];
    const answers = [LOST];
    const send = createSender({
      post: async () => answers.shift() ?? STORED,
      renew: async () => false,
      pause: async (milliseconds) => waits.push(milliseconds),
      draw: () => random,
    });
    await send(state(1));
    assert.ok(Math.abs(waits[0] - wait) < 1e-6, `${waits[0]}`);
  }
});

test('Retry-After is obeyed up to ten seconds', async () => {
  const { send, seen } = collector(refused(429, {}, 7));
  assert.equal(await send(state(1)), STORED);
  assert.deepEqual(seen.waits, [7000]);
});

test('a longer Retry-After is told to the person at once', async () => {
  const answer = refused(503, {}, 11);
  const { send, seen } = collector(answer);
  assert.equal(await send(state(1)), answer);
  assert.deepEqual([seen.posts.length, seen.waits.length], [1, 0]);
});

for (const status of [400, 403, 404, 409, 410, 413, 415, 422]) {
  test(`${status} is final`, async () => {
    const { send, seen } = collector(refused(status));
    assert.equal((await send(state(1))).status, status);
    assert.equal(seen.posts.length, 1);
  });
}

for (const status of [408, 429, 500, 502, 503, 504]) {
  test(`${status} is tried again`, async () => {
    const { send } = collector(refused(status));
    assert.equal(await send(state(1)), STORED);
  });
}

test('what the policy of the page forbids is not tried again', () => {
  assert.equal(mayRetry({ status: 0, body: {}, cause: 'csp' }), false);
  assert.equal(mayRetry(LOST), true);
});

test('two requests of one avis are never in flight together, and only the newest state follows', async () => {
  const first = later();
  const { send, seen } = collector(first.promise);
  const outcomes = [send(state(1)), send(state(2)), send(state(3))];
  first.come(STORED);
  assert.deepEqual(await Promise.all(outcomes), [undefined, undefined, STORED]);
  assert.deepEqual(seen.posts, [state(1), state(3)]);
  assert.equal(seen.most, 1);
});

test('a state overtaken while it waits for its retry is not sent again', async () => {
  const first = later();
  const { send, seen } = collector(first.promise);
  const overtaken = send(state(1));
  const newest = send(state(2));
  first.come(refused(503));
  assert.equal(await overtaken, undefined);
  assert.equal(await newest, STORED);
  assert.deepEqual(seen.posts, [state(1), state(2)]);
  assert.deepEqual(seen.waits, []);
});

test('the sender serves again after a failure', async () => {
  const { send } = collector(refused(422));
  await send(state(1));
  assert.equal(await send(state(2)), STORED);
});

test('an expired jeton is renewed once, and the same avis sent with the new one', async () => {
  const expired = refused(403, { code: 'jeton_perime' });
  const renewed = collector(expired);
  assert.equal(await renewed.send(state(1)), STORED);
  assert.deepEqual(renewed.seen.posts, [state(1), state(1)]);

  const hopeless = collector(expired, expired, STORED);
  assert.equal(await hopeless.send(state(1)), expired);
  assert.equal(hopeless.seen.renewals, 1);
});
