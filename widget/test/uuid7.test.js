import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { uuid7 } from '../src/uuid7.js';

const schema = JSON.parse(readFileSync(new URL('../../schemas/avis.v1.json', import.meta.url), 'utf8'));
const SHAPE = new RegExp(schema.properties.cle.pattern);
const NOW = 1_763_800_000_000;

test('a cle has the shape the collector accepts', () => {
  for (let i = 0; i < 1000; i++) assert.match(uuid7(NOW + i), SHAPE);
  assert.match(
    uuid7(NOW, (bytes) => bytes.fill(0)),
    SHAPE,
  );
  assert.match(
    uuid7(NOW, (bytes) => bytes.fill(255)),
    SHAPE,
  );
});

test('a cle carries its millisecond, fractions dropped', () => {
  const read = (cle) => Number.parseInt(cle.replaceAll('-', '').slice(0, 12), 16);
  for (const time of [0, 1, NOW, NOW + 0.9, 2 ** 48 - 1]) assert.equal(read(uuid7(time)), Math.floor(time));
});

test('a later cle sorts after an earlier one', () => {
  const made = Array.from({ length: 500 }, (_, i) => uuid7(NOW + i));
  assert.deepEqual([...made].sort(), made);
});

test('two cles of one millisecond differ', () => {
  assert.equal(new Set(Array.from({ length: 1000 }, () => uuid7(NOW))).size, 1000);
});
