/** WCAG 2.2, 1.4.3 and 1.4.11, computed from the tokens: automatic checkers do not measure borders. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

const css = readFileSync(new URL('../src/avis.css', import.meta.url), 'utf8');

/** The tokens of the rule whose selectors end with `selector`. */
function tokens(selector) {
  const start = css.indexOf(`${selector} {`);
  assert.notEqual(start, -1, selector);
  const rule = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries([...rule.matchAll(/--avis-([\w-]+): (.+);/g)].map(([, name, value]) => [name, value]));
}

const LIGHT = tokens(':root');
const DARK = tokens(':root[data-theme="sombre"]');

function luminance(hex) {
  const digits = hex.length === 4 ? hex.replace(/[\da-f]/g, '$&$&') : hex;
  const [red, green, blue] = [1, 3, 5].map((at) => {
    const share = Number.parseInt(digits.slice(at, at + 2), 16) / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

/** What stands on what, and how much contrast it needs. */
const PAIRS = [
  ['texte', 'fond', 4.5],
  ['texte', 'fond-doux', 4.5],
  ['texte-doux', 'fond', 4.5],
  ['texte-doux', 'fond-doux', 4.5],
  ['accent', 'fond', 4.5],
  ['accent', 'fond-doux', 4.5],
  ['fond', 'accent', 4.5],
  ['erreur', 'fond', 4.5],
  ['bord', 'fond', 3],
  ['bord', 'fond-doux', 3],
];

for (const [theme, colours] of Object.entries({ LIGHT, DARK })) {
  for (const [front, back, least] of PAIRS) {
    test(`${theme}: ${front} on ${back} is at least ${least}:1`, () => {
      const found = contrast(colours[front], colours[back]);
      assert.ok(found >= least, `${colours[front]} on ${colours[back]}: ${found.toFixed(2)}`);
    });
  }
}

test('dark by preference and dark by choice are the same', () => {
  assert.deepEqual(tokens(':root:not([data-theme="clair"])'), DARK);
});

test('the measure itself: black on white is 21:1, a pale grey does not pass', () => {
  assert.equal(contrast('#000', '#ffffff'), 21);
  assert.ok(contrast('#cccccc', LIGHT.fond) < 3);
});
