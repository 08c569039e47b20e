import assert from 'node:assert/strict';
import { test } from 'node:test';
import { onSettled } from '../src/settle.js';

function group(t) {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const element = Object.assign(new EventTarget(), { contains: () => false });
  const fire = (type, detail = {}) => {
    const event = Object.assign(new Event(type), detail);
    element[`on${type}`]?.(event);
    element.dispatchEvent(event);
  };
  let settled = 0;
  const flush = onSettled(/** @type {any} */ (element), () => {
    settled += 1;
  });
  return {
    flush,
    settled: () => settled,
    point: () => fire('change'),
    arrow() {
      fire('keydown', { key: 'ArrowRight' });
      fire('change');
      fire('keyup', { key: 'ArrowRight' });
    },
    leave: () => fire('focusout', { relatedTarget: null }),
    wait: (milliseconds) => t.mock.timers.tick(milliseconds),
  };
}

test('a pointed choice is made at once, even after an arrow key', (t) => {
  const { arrow, point, settled, wait } = group(t);
  point();
  assert.equal(settled(), 1);
  arrow();
  point();
  assert.equal(settled(), 2);
  wait(5000);
  assert.equal(settled(), 2);
});

test('with arrow keys, only the level where they rest is a choice', (t) => {
  const { arrow, settled, wait } = group(t);
  for (let i = 0; i < 5; i++) {
    arrow();
    wait(799);
  }
  assert.equal(settled(), 0);
  wait(1);
  assert.equal(settled(), 1);
});

test('leaving the group makes the choice, once', (t) => {
  const { arrow, leave, settled, wait } = group(t);
  arrow();
  leave();
  assert.equal(settled(), 1);
  leave();
  wait(5000);
  assert.equal(settled(), 1);
});

test('a choice that still waits can be made now, once', (t) => {
  const { arrow, flush, settled, wait } = group(t);
  flush();
  assert.equal(settled(), 0);
  arrow();
  flush();
  flush();
  wait(5000);
  assert.equal(settled(), 1);
});
