/** What is told in a live region: progress, success, or a failure with its ways out. */

import { html } from './dom.js';
import { tick, warning } from './drawings.js';
import { mayRetry } from './sending.js';

/** @import {Answer, Textes} from './types.d.ts' */

/**
 * Replace what a live region says. If the focus was inside, on a button that goes away, the region keeps it, in sight.
 *
 * @param {HTMLElement} region has a tabindex
 * @param {...(Node | string)} content
 */
export function tell(region, ...content) {
  const held = region.matches(':focus-within');
  region.replaceChildren(...content);
  if (!held) return;
  region.focus();
  region.scrollIntoView({ block: 'nearest' });
}

/** @param {string | undefined} text */
export const progress = (text) => html('p.avis-attente', {}, text);

/** @param {string | undefined} text */
export const success = (text) => html('p.avis-succes', {}, tick(), text);

/**
 * The last word of a visit.
 *
 * @param {string | undefined} title
 * @param {string | undefined} text
 * @param {Element} [drawing]
 */
export const closing = (title, text, drawing) =>
  html('div.avis-fin', {}, html('h3.avis-fin-titre', {}, drawing, title), html('p', {}, text));

/**
 * Tell what did not happen, why, and the ways out: trying again, where that can help, and the same form as a page.
 *
 * @param {HTMLElement} region
 * @param {Textes} textes
 * @param {string | undefined} what when there is more to say than why
 * @param {Answer} answer
 * @param {() => void} retry
 * @param {HTMLAnchorElement} link of the page, to the form as far as it is filled in
 */
export function tellFailure(region, textes, what, answer, retry, link) {
  const actions = html('div.avis-actions');
  if (mayRetry(answer)) {
    const again = html('button.avis-bouton', { type: 'button' }, textes.reessayer);
    again.onclick = retry;
    actions.append(again);
  }
  const { href, target, rel } = link;
  actions.append(html('a.avis-lien', { href, target, rel }, textes.ouvrir_page ?? link.textContent ?? ''));
  const why = reason(answer, textes);
  const title = html('p.avis-erreur', {}, warning(), what ?? why);
  const box = html('div.avis-echec', {}, title, what && html('p', {}, why), actions);
  tell(region, box);
  if (answer.cause === 'reseau') {
    // Once, and only if this failure is still what is told.
    addEventListener('online', () => box.isConnected && retry(), { once: true });
  }
}

/**
 * @param {Answer} answer
 * @param {Textes} textes
 */
function reason({ status, cause, body }, textes) {
  // Below 500 the collector's own words, in the language asked for, say what is wrong.
  if (status < 500 && typeof body.detail === 'string') return body.detail;
  if (cause === 'csp' || cause === 'origine') return textes.bloque;
  return (cause !== 'reseau' && textes.echec_serveur) || textes.echec_reseau;
}
