/** Checked by tsc alone: nothing here runs. Each @ts-expect-error is a mistake that avis.d.ts must refuse. */

import type { MonAvis, MonAvisAttributs, MonAvisCause } from '../avis.d.ts';
import type { MonAvis as Element } from '../src/element.js';
import type { Cause } from '../src/types.d.ts';

/** True when two types are the same one. */
type Same<A, B> = [A, B] extends [B, A] ? true : never;

export const causes: Same<MonAvisCause, Cause> = true;
// @ts-expect-error: a cause less would be seen
export const fewer: Same<MonAvisCause, Exclude<Cause, 'csp'>> = true;

export const declared = (element: Element): MonAvis => element;
// @ts-expect-error: not every element can be opened
export const other = (element: HTMLElement): MonAvis => element;

export function methods() {
  const element = document.createElement('mon-avis');
  element.ouvrir();
  document.querySelector('mon-avis')?.fermer();
  // @ts-expect-error: it opens whole, or not at all
  element.ouvrir('satisfaction');
  // @ts-expect-error: no such method
  element.envoyer();
}

export function events(element: MonAvis) {
  element.addEventListener('avis:ouvre', (event) => event.preventDefault());
  element.addEventListener('avis:envoye', ({ detail }) => detail satisfies null);
  document.addEventListener('avis:pret', ({ target }) => target);
  window.addEventListener('avis:erreur', ({ detail }) => detail.cause satisfies MonAvisCause);
  // @ts-expect-error: no answer is told
  element.addEventListener('avis:envoye', ({ detail }) => detail.notes);
  // @ts-expect-error: no such cause
  element.addEventListener('avis:erreur', ({ detail }) => detail.cause === 'pluie');
  // @ts-expect-error: an event of another name carries no cause
  element.addEventListener('avis:echec', ({ detail }) => detail.cause);
}

export const attributes = [
  {},
  { affichage: 'flottant', isolation: 'cadre', theme: 'sombre', lang: 'en' },
] satisfies MonAvisAttributs[];
// @ts-expect-error: no such value
export const value = { theme: 'noir' } satisfies MonAvisAttributs;
// @ts-expect-error: no such attribute
export const attribute = { couleur: 'noir' } satisfies MonAvisAttributs;
