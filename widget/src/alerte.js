/**
 * A comment that seems to hold personal details: said below it, calmly, as long as it does. Nothing is held back by it,
 * and nothing leaves the page for it. The hosted form says the same, by these same lines.
 */

import { html } from './dom.js';
import { languageOf } from './texts.js';

/** @import {Alerte, Textes} from './types.d.ts' */

/** Milliseconds without a key after which what is typed is looked at. */
const REST = 500;

/**
 * @param {HTMLTextAreaElement} field
 * @param {Alerte[]} alertes
 * @param {Textes} textes
 * @returns {HTMLElement} where it is said, to be put below the field
 */
export function watchComment(field, alertes, textes) {
  const said = html('p.avis-alerte', { id: 'avis-alerte', role: 'status' });
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let waiting;

  function look() {
    let rest = field.value;
    const kinds = [];
    for (const { genre, motif } of alertes) {
      const left = without(rest, motif);
      if (left !== rest) kinds.push(`${textes[`alerte_${genre}`]}`);
      rest = left;
    }
    const named = new Intl.ListFormat(languageOf(field)).format(kinds);
    const text = (named && textes.alerte?.replace('{genre}', named)) ?? '';
    // Said again, it would be read aloud again.
    if (said.textContent === text) return;
    said.textContent = text;
    // Below the field, it may be out of sight.
    if (text) said.scrollIntoView({ block: 'nearest' });
  }

  field.setAttribute('aria-describedby', `${field.getAttribute('aria-describedby')} avis-alerte`);
  field.oninput = () => {
    clearTimeout(waiting);
    waiting = setTimeout(look, REST);
  };
  // A page may come back with what was typed.
  look();
  return said;
}

/**
 * Whatever is found is taken out, to the last digit of its line: what looks like a card looks like any long number too.
 *
 * @param {string} text
 * @param {string} motif
 */
function without(text, motif) {
  try {
    return text.replace(new RegExp(`(${motif})[\\d. \\xa0-]*`, 'giu'), ' ');
  } catch {
    // Newer than the browser: it is masked all the same.
    return text;
  }
}
