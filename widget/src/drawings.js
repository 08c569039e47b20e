/** Our own line drawings. They repeat a text that is already there, so they are hidden from assistive tools. */

import { svg } from './dom.js';

/**
 * A face for level `level` of `levels`: the mouth goes from sad to glad, so the faces differ by shape, not by colour.
 * Drawn in a 40 by 40 box; the hosted page computes the same lines.
 *
 * @param {number} level from 1 to `levels`
 * @param {number} levels at least 2
 */
export function face(level, levels) {
  const mood = (2 * (level - 1)) / (levels - 1) - 1;
  const corner = 26.5 - 2.5 * mood;
  const middle = 26.5 + 5.5 * mood;
  return drawing(`M14.5 14.5v3M25.5 14.5v3M13 ${corner}Q20 ${middle} 27 ${corner}`);
}

/** A ticked circle, for « Merci ». */
export const tick = () => drawing('M12.5 20.5L18 26L27.5 15');

/** An exclamation mark in a circle, beside an error. */
export const warning = () => drawing('M20 11.5v10M20 28v.2');

/** @param {string} path inside a circle */
function drawing(path) {
  const circle = svg('circle', { cx: 20, cy: 20, r: 17 });
  return svg(
    'svg',
    { class: 'avis-dessin', viewBox: '0 0 40 40', 'aria-hidden': 'true' },
    circle,
    svg('path', { d: path }),
  );
}
