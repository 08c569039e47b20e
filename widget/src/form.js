/**
 * The questions, as a form. The hosted page draws the same markup, styled by the same `avis.css`:
 *
 *   form.avis-form[novalidate]
 *     p.avis-avant                                 « Seule la première question… », only if that is the case
 *     fieldset.avis-question[role=radiogroup]      one per dimension
 *       legend.avis-legende                        the question
 *         span.avis-facultatif                     « (facultatif) », after a space, unless mandatory
 *       p.avis-erreur#avis-erreur-{code}           only when the answer is missing: svg.avis-dessin, then the text;
 *                                                  the fieldset then has aria-describedby on it and aria-invalid=true
 *       div.avis-niveaux                           level 1 first
 *         label.avis-niveau                        one per level
 *           input.avis-radio[type=radio][name=note.{code}][value={1..k}]     required when mandatory
 *           svg.avis-dessin[aria-hidden=true]      only when dessin = visages: see face() in drawings.js
 *           span.avis-libelle                      the label of the level
 *     div.avis-note[role=status]                   after the first mandatory fieldset: widget only
 *     div.avis-question                            only when comments are asked for
 *       label.avis-legende[for=avis-verbatim]      the question, then span.avis-facultatif
 *       p.avis-aide#avis-verbatim-aide
 *       textarea.avis-texte#avis-verbatim[name=verbatim][aria-describedby=avis-verbatim-aide][maxlength][rows=4]
 *       p.avis-alerte#avis-alerte[role=status]     where scripts run: what the comment should rather not hold
 *     p.avis-vie-privee
 *     div.avis-actions
 *       button.avis-bouton[type=submit]
 *
 * Everything sits in an element of class `avis-surface`, which sets type, colours and box sizing.
 * Nothing here names a dimension.
 */

import { watchComment } from './alerte.js';
import { html } from './dom.js';
import { face, warning } from './drawings.js';
import { onSettled } from './settle.js';

/** @import {Alerte, Dimension, Questionnaire, Reponses, Textes} from './types.d.ts' */

/** What the name of a radio begins with; the code of its question follows. */
const FIELD = 'note.';

/**
 * @typedef {object} Form
 * @property {HTMLFormElement} element
 * @property {HTMLElement} note where the fate of the first answer is told
 * @property {() => boolean} touched whether the person answered or wrote anything
 * @property {() => Reponses} first the first mandatory answer alone
 * @property {() => Reponses} all
 * @property {() => boolean} complete whether no mandatory answer is missing; shows and focuses what is
 * @property {() => void} flush tell a first answer that was still waiting to rest
 */

/**
 * @param {Questionnaire} questionnaire
 * @param {Textes} textes
 * @param {Alerte[]} alertes
 * @param {{answered: () => void, submitted: () => void}} on `answered`: the first mandatory answer came to rest
 * @returns {Form}
 */
export function createForm({ dimensions, commentaire }, textes, alertes, on) {
  const element = html('form.avis-form', { novalidate: 'novalidate' });
  const note = html('div.avis-note', { role: 'status', tabindex: -1 });
  const mandatory = dimensions.filter((dimension) => dimension.obligatoire);
  const [first] = mandatory;
  let flush = () => {};

  if (mandatory.length === 1 && first === dimensions[0]) {
    element.append(html('p.avis-avant', {}, textes.obligatoire_avant));
  }
  for (const dimension of dimensions) {
    const group = question(dimension, textes);
    element.append(group);
    if (dimension === first) {
      flush = onSettled(group, on.answered);
      element.append(note);
    }
  }
  if (commentaire) element.append(comment(commentaire, textes, alertes));
  element.append(
    html('p.avis-vie-privee', {}, textes.vie_privee),
    html('div.avis-actions', {}, html('button.avis-bouton', { type: 'submit' }, textes.envoyer)),
  );

  element.onsubmit = (event) => {
    event.preventDefault();
    on.submitted();
  };

  const data = () => new FormData(element);
  return {
    element,
    note,
    touched: () => [...data().values()].some(Boolean),
    first: () => ({ notes: notes(data(), mandatory.slice(0, 1)) }),
    all: () => ({ notes: notes(data(), dimensions), verbatim: data().get('verbatim')?.toString().trim() || undefined }),
    complete() {
      /** @type {NodeListOf<HTMLElement>} */
      const missing = element.querySelectorAll('fieldset:invalid');
      for (const group of missing) showMissing(group, textes);
      missing[0]?.querySelector('input')?.focus();
      return !missing[0];
    },
    flush: () => flush(),
  };
}

/**
 * @param {Dimension} dimension
 * @param {Textes} textes
 */
function question({ code, question, niveaux, obligatoire, dessin }, textes) {
  const levels = niveaux.map((label, index) =>
    html(
      'label.avis-niveau',
      {},
      html('input.avis-radio', {
        type: 'radio',
        name: FIELD + code,
        value: index + 1,
        required: obligatoire && 'required',
      }),
      dessin === 'visages' && face(index + 1, niveaux.length),
      html('span.avis-libelle', {}, label),
    ),
  );
  const group = html(
    'fieldset',
    // aria-invalid is allowed on a radiogroup, not on a plain group.
    { class: 'avis-question', role: 'radiogroup' },
    html('legend.avis-legende', {}, question, ...(obligatoire ? [] : optional(textes))),
    html('div.avis-niveaux', {}, ...levels),
  );
  group.addEventListener('change', () => clearMissing(group));
  return group;
}

/**
 * @param {NonNullable<Questionnaire['commentaire']>} commentaire
 * @param {Textes} textes
 * @param {Alerte[]} alertes
 */
function comment({ question, aide, longueur }, textes, alertes) {
  const field = html('textarea.avis-texte', {
    id: 'avis-verbatim',
    name: 'verbatim',
    rows: 4,
    maxlength: longueur,
    'aria-describedby': 'avis-verbatim-aide',
  });
  return html(
    'div.avis-question',
    {},
    html('label.avis-legende', { for: 'avis-verbatim' }, question, ...optional(textes)),
    html('p.avis-aide', { id: 'avis-verbatim-aide' }, aide),
    field,
    watchComment(field, alertes, textes),
  );
}

/** @param {Textes} textes */
const optional = ({ facultatif }) => [' ', html('span.avis-facultatif', {}, `(${facultatif})`)];

/**
 * @param {HTMLElement} group
 * @param {Textes} textes
 */
function showMissing(group, textes) {
  clearMissing(group);
  const id = `avis-erreur-${group.querySelector('input')?.name.slice(FIELD.length)}`;
  group.setAttribute('aria-invalid', 'true');
  group.setAttribute('aria-describedby', id);
  group.querySelector('legend')?.after(html('p.avis-erreur', { id }, warning(), textes.erreur_obligatoire));
}

/** @param {HTMLElement} group */
function clearMissing(group) {
  group.querySelector('.avis-erreur')?.remove();
  group.removeAttribute('aria-invalid');
  group.removeAttribute('aria-describedby');
}

/**
 * @param {FormData} data
 * @param {Dimension[]} dimensions
 */
function notes(data, dimensions) {
  /** @type {Record<string, number>} */
  const found = {};
  for (const { code } of dimensions) {
    const level = Number(data.get(FIELD + code));
    if (level) found[code] = level;
  }
  return found;
}
