/**
 * The words needed before the collector's own arrive, and the language to ask for. Every other word on screen comes
 * from the `textes` of `/f/{code}.json`, whose names these share.
 */

/** @import {Textes} from './types.d.ts' */

/** @type {Record<string, Textes>} */
const WORDS = {
  fr: {
    langue: 'fr',
    fermer: 'Fermer',
    chargement: 'Chargement…',
    reessayer: 'Réessayer',
    echec_reseau: 'Notre service ne répond pas.',
    bloque: 'Ce site ne permet pas de répondre ici.',
  },
  en: {
    langue: 'en',
    fermer: 'Close',
    chargement: 'Loading…',
    reessayer: 'Try again',
    echec_reseau: 'Our service does not respond.',
    bloque: 'This site does not allow answering here.',
  },
};

/**
 * @param {string} language two letters
 * @returns {Textes}
 */
export const wordsIn = (language) => WORDS[language] ?? /** @type {Textes} */ (WORDS.fr);

/**
 * The language around an element, French when nothing says it.
 *
 * @param {Element} element
 */
export function languageOf(element) {
  return (element.closest('[lang]')?.getAttribute('lang') || 'fr').slice(0, 2).toLowerCase();
}
