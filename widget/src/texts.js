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
    chargement: 'Chargement des questions…',
    reessayer: 'Réessayer',
    ouvrir_page: 'Donner mon avis sur une page à part',
    sans_questions: 'Les questions ne s’affichent pas.',
    echec_reseau: 'La connexion ne répond pas.',
    bloque: 'Ce site ne permet pas de répondre ici.',
    echec_serveur: 'Notre service ne répond pas bien en ce moment.',
  },
  en: {
    langue: 'en',
    fermer: 'Close',
    chargement: 'Loading the questions…',
    reessayer: 'Try again',
    ouvrir_page: 'Give my feedback on a separate page',
    sans_questions: 'The questions cannot be shown.',
    echec_reseau: 'The connection does not respond.',
    bloque: 'This site does not allow answering here.',
    echec_serveur: 'Our service is not working well right now.',
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
  const tag = element.closest('[lang]')?.getAttribute('lang') ?? '';
  return /^[a-z]{2}(?![a-z])/i.test(tag) ? tag.slice(0, 2).toLowerCase() : 'fr';
}
